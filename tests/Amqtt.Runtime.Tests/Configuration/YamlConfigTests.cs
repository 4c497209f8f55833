using System.Globalization;
using System.Text;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Runtime.Tests.Configuration;

public sealed class YamlConfigTests
{
    [Fact]
    public void Every_node_knows_its_line_and_column()
    {
        var (root, errors) = Yaml.Parse("---\na:\n  b: [x, {c: 1}]\n");

        Assert.False(errors.HasErrors);
        var a = Assert.Single(Assert.IsType<ConfigMapping>(root).Entries);
        Assert.Equal("test.yaml:2:1", a.Key.Location.ToString());
        var b = Assert.Single(Assert.IsType<ConfigMapping>(a.Value).Entries);
        Assert.Equal("test.yaml:3:6", b.Value.Location.ToString());
        var list = Assert.IsType<ConfigSequence>(b.Value);
        Assert.Equal(["test.yaml:3:7", "test.yaml:3:10"], list.Items.Select(i => i.Location.ToString()));
    }

    [Fact]
    public void Quotes_make_a_text_and_nothing_else()
    {
        var (root, _) = Yaml.Parse("a: 5\nb: \"5\"\nc: '~'\nd: ~\ne:\nf: !!str 5\n");

        var values = Assert.IsType<ConfigMapping>(root).Entries.Select(e => Assert.IsType<ConfigScalar>(e.Value)).ToArray();
        Assert.Equal([true, false, false, true, true, false], values.Select(v => v.IsPlain));
        Assert.Equal([false, false, false, true, true, false], values.Select(v => v.IsNull));
    }

    [Fact]
    public void P_A18_merge_keys_give_way_to_own_keys_and_to_earlier_merges()
    {
        var (root, errors) = Yaml.Parse("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  z: 5\n  <<: [*a, *b]\n");

        Assert.False(errors.HasErrors);
        Assert.Empty(errors.Warnings);
        var c = Assert.IsType<ConfigMapping>(Assert.IsType<ConfigMapping>(root).Entries[2].Value);
        Assert.Equal(["z=5", "x=1", "y=2"], c.Entries.Select(e => $"{e.Key.Text}={((ConfigScalar)e.Value).Text}"));
    }

    [Fact]
    public void P_A18_a_duplicated_key_warns_and_the_last_one_counts()
    {
        var (root, errors) = Yaml.Parse("a: 1\nb: 2\na: 3\n");

        Assert.False(errors.HasErrors);
        Assert.Equal("test.yaml:3:1: the key 'a' was already set in line 1; this one counts", Assert.Single(errors.Warnings).ToString());
        Assert.Equal(["b=2", "a=3"], Assert.IsType<ConfigMapping>(root).Entries.Select(e => $"{e.Key.Text}={((ConfigScalar)e.Value).Text}"));
    }

    [Theory]
    [InlineData("a: b\n  c: d\n", "test.yaml:2:4: YAML syntax: While scanning a plain scalar value, found invalid mapping")]
    [InlineData("a: 'x\n", "test.yaml:1:4: YAML syntax: While scanning a quoted scalar, found unexpected end of stream")]
    [InlineData("a: @b\n", "test.yaml:1:4: YAML syntax: While scanning for the next token, found character that cannot start any token")]
    [InlineData("a:\n  - [1, 2\nb: 3\n", "test.yaml:3:1: YAML syntax: a '[' or '{' before this place is not closed; expected ']' or '}'")]
    [InlineData("--- a\n--- b\n", "test.yaml:2:1: a second YAML document starts here; expected one document in a file")]
    [InlineData("a: *nope\n", "test.yaml:1:4: the alias '*nope' has no anchor '&nope' that is complete before it")]
    [InlineData("a: &a [*a]\n", "test.yaml:1:8: the alias '*a' has no anchor '&a' that is complete before it")]
    [InlineData("a: !lambda b\n", "test.yaml:1:4: the tag '!lambda' has no meaning here; remove it")]
    [InlineData("? [a]\n: b\n", "test.yaml:1:3: a list cannot be a key; expected a text")]
    [InlineData("<<: 5\n", "test.yaml:1:5: '5' cannot be merged; expected an alias of a mapping, or a list of such aliases, after '<<'")]
    [InlineData("a: !!binary '*'\n", "test.yaml:1:4: a !!binary value is not valid base64")]
    public void PF_5_P_A13_syntax_errors_have_a_place(string text, string message)
    {
        var (_, errors) = Yaml.Parse(text);

        Assert.Equal([message], errors.Errors.Select(e => e.ToString()));
    }

    [Fact]
    public void Billion_laughs_is_an_error_and_costs_nothing()
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 12; i++)
            text.AppendLine(CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]");

        var (root, errors) = Yaml.Parse(text.ToString());

        Assert.Null(root);
        Assert.Contains("the aliases stand for more than 100000 values", Assert.Single(errors.Errors).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_thousand_brackets_are_an_error_and_no_stack_overflow()
    {
        var (_, errors) = Yaml.Parse("a: " + new string('[', 10_000));

        Assert.Contains("at most 64 levels", Assert.Single(errors.Errors).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Variables_and_files_are_put_in()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "s3cret ${env:NOT_SEARCHED_AGAIN}\n");
        Environment.SetEnvironmentVariable("AMQTT_TEST_PORT", "1884");
        try
        {
            var (root, errors) = Yaml.Parse(
                $"port: ${{env:AMQTT_TEST_PORT}}\nbind: 'host:${{env:AMQTT_TEST_PORT}}'\nmissing: ${{env:AMQTT_TEST_NO:-x:y}}\nkey: ${{file:{file}}}\nliteral: $${{env:X}} $5 ${{x}}\n");

            Assert.Empty(errors.Errors);
            var values = Assert.IsType<ConfigMapping>(root).Entries.Select(e => (ConfigScalar)e.Value).ToArray();
            Assert.Equal(["1884", "host:1884", "x:y", "s3cret ${env:NOT_SEARCHED_AGAIN}", "${env:X} $5 ${x}"], values.Select(v => v.Text));
            Assert.True(values[0].IsPlain);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_variable_or_file_that_is_missing_is_one_error_each()
    {
        Assert.Equal(
            [
                "test.yaml:1:7: the environment variable 'AMQTT_TEST_NO' is not set; set it, or write ${env:AMQTT_TEST_NO:-default}",
                $"test.yaml:2:7: the file '{Path.GetFullPath("no/such")}' cannot be read: Could not find file '{Path.GetFullPath("no/such")}'.",
            ],
            Yaml.Errors<Target>("port: ${env:AMQTT_TEST_NO}\nname: ${file:no/such}\n").Select(m => m.Replace("a part of the path", "file", StringComparison.Ordinal)));
    }

    [Fact]
    public void P_A13_a_missing_file_is_an_error()
    {
        var errors = new ConfigErrors();

        Assert.Null(ConfigFile.Parse("no/such.yaml", errors));
        Assert.Equal("no/such.yaml: the configuration file does not exist", Assert.Single(errors.Errors).ToString());
    }

    [Theory]
    [InlineData(new byte[] { 0x61, 0x3A, 0x20, 0x31, 0x0A, 0x62, 0x3A, 0x20, 0xFC }, ":2:4: the configuration file is not UTF-8 text; expected it to be saved as UTF-8")]
    [InlineData(new byte[] { 0x61, 0x00, 0x3A, 0x00 }, ": the configuration file has zero bytes in it, as UTF-16 without a byte order mark has; expected UTF-8")]
    public void P_A13_a_file_that_is_no_text_is_an_error(byte[] bytes, string expected)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, bytes);
            var errors = new ConfigErrors();

            Assert.Null(ConfigFile.Parse(file, errors));
            Assert.Equal(file + expected, Assert.Single(errors.Errors).ToString());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void P_A13_a_folder_is_named_as_such()
    {
        var errors = new ConfigErrors();

        Assert.Null(ConfigFile.Parse(AppContext.BaseDirectory, errors));
        Assert.Equal($"{AppContext.BaseDirectory}: this is a folder; expected a configuration file", Assert.Single(errors.Errors).ToString());
    }

    [Theory]
    [InlineData("a:\n  b:\n\tc: 1\n", 3)]
    [InlineData("a: 1\n\tb: 2\n", 2)]
    [InlineData("a:\n\t- 1\n", 2)]
    public void P_A13_a_tab_is_named_with_its_line(string yaml, int line) =>
        Assert.Equal([$"test.yaml:{line}:1: YAML syntax: the line is indented with a tab; expected spaces"], Yaml.Errors<Target>(yaml));

    private sealed class Target
    {
        public int Port { get; set; }

        public string Name { get; set; } = "";
    }
}
