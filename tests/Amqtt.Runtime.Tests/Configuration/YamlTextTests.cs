using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;
using CsCheck;

namespace Amqtt.Runtime.Tests.Configuration;

public sealed class YamlTextTests
{
    [Theory]
    [InlineData("5")]
    [InlineData("1e3")]
    [InlineData("on")]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("")]
    [InlineData("a: b")]
    [InlineData("a:")]
    [InlineData("# no comment")]
    [InlineData("- x")]
    [InlineData("*alias")]
    [InlineData("line\nbreak\u001b")]
    [InlineData("${env:HOME} $${x}")]
    [InlineData("$${env:HOME} $$${file:/x} ${env:")]
    [InlineData("0.0.0.0:1883")]
    [InlineData("10:30")]
    [InlineData("\ud83d\ude00")]
    public void Text_reads_back_as_the_same_text(string text)
    {
        var yaml = YamlText.Write(ConfigTree.Describe(new Texts { Text = text, List = [text], Map = { [text] = text } }));

        var again = Yaml.Bind<Texts>(yaml);

        Assert.Equal(text, again.Text);
        Assert.Equal([text], again.List);
        Assert.Equal([text], again.Map.Keys);
        Assert.Equal([text], again.Map.Values);
    }

    [Fact]
    public void Any_text_reads_back_as_the_same_text() => Gen.String.Sample(text =>
    {
        var again = Yaml.Bind<Texts>(YamlText.Write(ConfigTree.Describe(new Texts { Text = text })));

        return again.Text == text;
    });

    [Fact]
    public void PF_21_secrets_are_shown_nowhere()
    {
        const string canary = "canary-5fd1";
        Environment.SetEnvironmentVariable("AMQTT_TEST_SECRET", canary);
        var bound = Yaml.Bind<Secrets>("key: ${env:AMQTT_TEST_SECRET}\nkeys: [canary-5fd1]\n");
        var wrong = Yaml.Errors<Secrets>("key: ['${env:AMQTT_TEST_SECRET}']\nkeys: ${env:AMQTT_TEST_SECRET}\n");

        Assert.Equal(canary, bound.Key?.Reveal());
        Assert.Equal("key: \"***\"\nkeys: [\"***\"]\n", YamlText.Write(ConfigTree.Describe(bound)));
        Assert.Equal(2, wrong.Length);
        Assert.All(wrong, message => Assert.DoesNotContain(canary, message, StringComparison.Ordinal));
    }

    public sealed class Texts
    {
        public string Text { get; set; } = "";

        public List<string> List { get; set; } = [];

        public Dictionary<string, string> Map { get; set; } = [];
    }

    public sealed class Secrets
    {
        public Secret? Key { get; set; }

        public List<Secret> Keys { get; set; } = [];
    }
}
