using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Text.RegularExpressions;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Runtime.Tests.Configuration;

public sealed class ConfigBinderTests
{
    public enum Mode
    {
        DropQos0ThenNewest,
        Refuse,
    }

    [Fact]
    public void Every_type_binds()
    {
        var options = Yaml.Bind<Everything>(
            """
            flag: on
            number: -5
            big: 64KiB
            ratio: 1.5e3
            text: 007
            mode: drop_qos0_then_newest
            timeout: 1m30s
            pause: 0.5
            address: https://auth.internal/check
            endpoint: broker:1883
            ip_endpoint: "[::1]:1883"
            ip: 10.0.0.1
            path: sub/file.txt
            pattern: ^a+$
            list: [1, 2]
            array: [a, b]
            set: [x, x]
            map: {snake_case: 1, kebab-case: 2}
            nested: {name: inner}
            many: [{name: one}, {name: two}]
            nothing: null
            data: !!binary AQI=
            id: 6f9619ff-8b86-d011-b42d-00c04fc964ff
            """);

        Assert.True(options.Flag);
        Assert.Equal(-5, options.Number);
        Assert.Equal(65536, options.Big);
        Assert.Equal(1500, options.Ratio);
        Assert.Equal("007", options.Text);
        Assert.Equal(Mode.DropQos0ThenNewest, options.Mode);
        Assert.Equal(TimeSpan.FromSeconds(90), options.Timeout);
        Assert.Equal(TimeSpan.FromMilliseconds(500), options.Pause);
        Assert.Equal(new Uri("https://auth.internal/check"), options.Address);
        Assert.Equal(new DnsEndPoint("broker", 1883), options.Endpoint);
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Loopback, 1883), options.IpEndpoint);
        Assert.Equal(IPAddress.Parse("10.0.0.1"), options.Ip);
        Assert.Equal(Path.GetFullPath("sub/file.txt"), options.Path?.FullName);
        Assert.Matches(options.Pattern!, "aaa");
        Assert.Equal([1, 2], options.List);
        Assert.Equal(["a", "b"], options.Array);
        Assert.Equal(["x"], options.Set);
        Assert.Equal(["snake_case", "kebab-case"], options.Map.Keys);
        Assert.Equal("inner", options.Nested.Name);
        Assert.Equal(["one", "two"], options.Many.Select(n => n.Name));
        Assert.Null(options.Nothing);
        Assert.Equal([1, 2], options.Data);
        Assert.Equal(Guid.Parse("6f9619ff-8b86-d011-b42d-00c04fc964ff"), options.Id);
    }

    [Theory]
    [InlineData("qos: 0", QoS.AtMostOnce)]
    [InlineData("qos: 2", QoS.ExactlyOnce)]
    [InlineData("qos: at-least-once", QoS.AtLeastOnce)]
    public void A_QoS_is_a_number_or_a_name(string yaml, QoS qos) => Assert.Equal(qos, Yaml.Bind<Everything>(yaml).Qos);

    [Theory]
    [InlineData("qos: 3", "test.yaml:1:6: qos: expected 0, 1 or 2 (also at_most_once, at_least_once, exactly_once), but found '3'")]
    [InlineData("qos: '1'", "test.yaml:1:6: qos: expected 0, 1 or 2 (also at_most_once, at_least_once, exactly_once), but found the text \"1\"")]
    [InlineData("unknown: 1", "test.yaml:1:1: unknown: unknown key; expected one of flag, number, big, ")]
    [InlineData("nmber: 1", "test.yaml:1:1: nmber: unknown key; did you mean 'number'?")]
    [InlineData("nested: {nme: x}", "test.yaml:1:10: nested.nme: unknown key; did you mean 'name'?")]
    [InlineData("number: abc", "test.yaml:1:9: number: expected a whole number, but found 'abc'")]
    [InlineData("number: \"5\"", "test.yaml:1:9: number: expected a whole number, but found the text \"5\"; remove the quotes")]
    [InlineData("number: 1.5", "test.yaml:1:9: number: expected a whole number, but found '1.5'")]
    [InlineData("number: 3000000000", "test.yaml:1:9: number: expected a whole number from -2147483648 to 2147483647, but found '3000000000'")]
    [InlineData("number: [1]", "test.yaml:1:9: number: expected a whole number, but found a list")]
    [InlineData("number:", "test.yaml:1:8: number: expected a whole number, but found nothing")]
    [InlineData("flag: 1", "test.yaml:1:7: flag: expected true or false (also yes or no, on or off), but found '1'")]
    [InlineData("flag: \"on\"", "test.yaml:1:7: flag: expected true or false, but found the text \"on\"; remove the quotes")]
    [InlineData("ratio: x", "test.yaml:1:8: ratio: expected a number, but found 'x'")]
    [InlineData("mode: refus", "test.yaml:1:7: mode: expected one of drop_qos0_then_newest, refuse, but found 'refus'; did you mean 'refuse'?")]
    [InlineData("mode: 1", "test.yaml:1:7: mode: expected one of drop_qos0_then_newest, refuse, but found '1'")]
    [InlineData("timeout: soon", "test.yaml:1:10: timeout: expected a duration such as 5s or 1m30s (a number counts as seconds), but found 'soon'")]
    [InlineData("timeout: -1", "test.yaml:1:10: timeout: expected a duration such as 5s or 1m30s (a number counts as seconds), but found '-1'")]
    [InlineData("timeout: '5'", "test.yaml:1:10: timeout: expected a duration such as 5s or 1m30s (a number counts as seconds), but found the text \"5\"; remove the quotes")]
    [InlineData("address: nowhere", "test.yaml:1:10: address: expected an address such as https://host/path, but found 'nowhere'")]
    [InlineData("endpoint: host", "test.yaml:1:11: endpoint: expected an endpoint such as host:1883, but found 'host'")]
    [InlineData("ip_endpoint: ::1:1883", "test.yaml:1:14: ip_endpoint: expected an endpoint such as 127.0.0.1:1883 or [::1]:1883, but found '::1:1883'")]
    [InlineData("ip: x", "test.yaml:1:5: ip: expected a IPAddress, but found 'x'")]
    [InlineData("pattern: '('", "test.yaml:1:10: pattern: expected a regular expression, but found the text \"(\" (InsufficientClosingParentheses at character 1)")]
    [InlineData("list: 5", "test.yaml:1:7: list: expected a list, but found '5'; write [value]")]
    [InlineData("list: [1, x]", "test.yaml:1:11: list[1]: expected a whole number, but found 'x'")]
    [InlineData("map: [1]", "test.yaml:1:6: map: expected a mapping, but found a list")]
    [InlineData("map: {a: x}", "test.yaml:1:10: map.a: expected a whole number, but found 'x'")]
    [InlineData("nested: x", "test.yaml:1:9: nested: expected a mapping of keys to values, but found 'x'")]
    [InlineData("text:", "test.yaml:1:6: text: expected a text, but found nothing")]
    [InlineData("file: no/such.pem", "test.yaml:1:7: file: expected an existing file, but 'no/such.pem' does not exist (")]
    [InlineData("level: 9", "test.yaml:1:8: level: expected a whole number from 0 to 2, but found '9'")]
    [InlineData("delta: 9", "test.yaml:1:8: delta: expected a whole number up to 2, but found '9'")]
    [InlineData("window: 2d", "test.yaml:1:9: window: expected a duration such as 5s or 1m30s (a number counts as seconds) from 1s to 1d, but found '2d'")]
    [InlineData("budget: 1", "test.yaml:1:9: budget: expected a size such as 64KiB of at least 1KiB, or 'unlimited', but found '1'")]
    [InlineData("short: abcdef", "test.yaml:1:8: short: The field short must be a string or array type with a maximum length of '3'")]
    [InlineData("max_items: 1\nmax-items: 2", "test.yaml:2:1: max-items: this is the same key as 'max_items' in line 1; expected only one of them")]
    public void PF_5_golden_messages(string text, string message)
    {
        var error = Assert.Single(Yaml.Errors<Everything>(text));

        Assert.StartsWith(message, error, StringComparison.Ordinal);
        if (!message.EndsWith('(') && !message.EndsWith(' '))
            Assert.Equal(message, error);
    }

    [Fact]
    public void PF_5_missing_required_keys_are_named_with_what_they_want() => Assert.Equal(
        [
            "test.yaml:1:1: option1: this key is missing; expected a whole number",
            "test.yaml:1:1: list: this key is missing; expected a list",
            "test.yaml:1:1: also: this key is missing; expected a text",
        ],
        Yaml.Errors<Required>("other: x"));

    [Fact]
    public void Required_keys_are_missing_from_an_empty_configuration_too() => Assert.Equal(3, Yaml.Errors<Required>("").Length);

    [Theory]
    [InlineData("budget: unlimited", long.MaxValue)]
    [InlineData("budget: 0", long.MaxValue)]
    [InlineData("budget: 2KiB", 2048L)]
    [InlineData("budget: 1.5 MiB", 1572864L)]
    [InlineData("budget: 2048", 2048L)]
    public void A_bound_can_be_switched_off(string text, long expected) => Assert.Equal(expected, Yaml.Bind<Everything>(text).Budget);

    [Fact]
    public void Six_mistakes_are_six_messages_in_the_order_of_the_file()
    {
        var errors = Yaml.Errors<Everything>("mode: x\nlevel: 7\nflag: maybe\nnested:\n  nam: 1\nlist: [a]\nbogus: 1\n");

        Assert.Equal(["test.yaml:1:7", "test.yaml:2:8", "test.yaml:3:7", "test.yaml:5:3", "test.yaml:6:8", "test.yaml:7:1"], errors.Select(e => e[..13]));
    }

    [Fact]
    public void A_merged_key_gives_way_to_another_spelling_of_it()
    {
        var root = Yaml.Bind<Merging>("base: &base {max_items: 1}\nown:\n  max-items: 2\n  <<: *base\n");

        Assert.Equal(2, root.Own.MaxItems);
    }

    [Fact]
    public void Rules_of_the_class_itself_are_reported_at_their_member() =>
        Assert.Equal(["test.yaml:2:6: to: must not be before 'from'"], Yaml.Errors<Validated>("from: 5\n to: 4\n".Replace(" to", "to ", StringComparison.Ordinal)));

    [Fact]
    public void A_class_whose_own_rules_throw_is_a_mistake_with_its_place() =>
        Assert.Equal([$"test.yaml:1:1: : the validation of {typeof(Validated)} failed: to is below zero"], Yaml.Errors<Validated>("to: -1\n"));

    [Fact]
    public void What_a_variable_holds_is_not_shown()
    {
        Environment.SetEnvironmentVariable("AMQTT_TEST_CANARY", "canary");

        Assert.Equal(["test.yaml:1:9: number: expected a whole number, but found '${env:AMQTT_TEST_CANARY}'"], Yaml.Errors<Everything>("number: ${env:AMQTT_TEST_CANARY}"));
    }

    [Fact]
    public void A_setter_that_refuses_is_an_error_with_a_place() =>
        Assert.Equal(["test.yaml:1:7: even: 3 is odd (Parameter 'value')"], Yaml.Errors<Picky>("even: 3"));

    [Theory]
    [InlineData("filter: a#b", "test.yaml:1:9: filter: expected a topic filter such as factory/+/state or factory/#, but found 'a#b'")]
    [InlineData("filters: [a/#, b/+c]", "test.yaml:1:10: filters: expected a topic filter such as factory/+/state or factory/#, but found 'b/+c'")]
    [InlineData("filter: a/+/#\nfilters: ['#']", null)]
    public void Topic_filters_are_checked(string text, string? message) => Assert.Equal(message is null ? [] : [message], Yaml.Errors<Topics>(text));

    [Fact]
    public void A_class_that_cannot_be_made_is_an_error_with_a_place() =>
        Assert.Equal(["test.yaml:1:1: : the constructor of Amqtt.Runtime.Tests.Configuration.ConfigBinderTests+Broken failed: no luck"], Yaml.Errors<Broken>("a: 1"));

    public sealed class Topics
    {
        [TopicFilter]
        public string? Filter { get; set; }

        [TopicFilter]
        public List<string> Filters { get; set; } = [];
    }

    public sealed class Broken
    {
        public Broken() => throw new InvalidOperationException("no luck");

        public int A { get; set; }
    }

    public sealed class Everything
    {
        public bool Flag { get; set; }

        public int Number { get; set; }

        public long Big { get; set; }

        public double Ratio { get; set; }

        public string Text { get; set; } = "";

        public Mode Mode { get; set; }

        public QoS Qos { get; set; }

        public TimeSpan Timeout { get; set; }

        public TimeSpan? Pause { get; set; }

        public Uri? Address { get; set; }

        public DnsEndPoint? Endpoint { get; set; }

        public IPEndPoint? IpEndpoint { get; set; }

        public IPAddress? Ip { get; set; }

        public FileInfo? Path { get; set; }

        public Regex? Pattern { get; set; }

        public List<int> List { get; set; } = [];

        public string[] Array { get; set; } = [];

        public IReadOnlySet<string> Set { get; set; } = new HashSet<string>();

        public IReadOnlyDictionary<string, int> Map { get; set; } = new Dictionary<string, int>();

        public Inner Nested { get; set; } = new();

        public IReadOnlyList<Inner> Many { get; set; } = [];

        public int? Nothing { get; set; } = 5;

        public byte[]? Data { get; set; }

        public Guid Id { get; set; }

        [ConfigPath(MustExist = PathKind.File)]
        public string? File { get; set; }

        [Range(0, 2)]
        public int Level { get; set; }

        [Range(int.MinValue, 2)]
        public int Delta { get; set; }

        [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
        public TimeSpan Window { get; set; }

        [Unlimited, Size, Range(1024, long.MaxValue)]
        public long Budget { get; set; } = 4096;

        [MaxLength(3)]
        public string Short { get; set; } = "";

        public int MaxItems { get; set; }
    }

    public sealed class Inner
    {
        public string Name { get; set; } = "";
    }

    public sealed class Required
    {
        public required int Option1 { get; init; }

        public required IReadOnlyList<string> List { get; init; }

        [Required]
        public string? Also { get; set; }

        public string Other { get; init; } = "";
    }

    public sealed class Merging
    {
        public Everything Base { get; set; } = new();

        public Everything Own { get; set; } = new();
    }

    public sealed class Validated : IValidatableObject
    {
        public int From { get; set; }

        public int To { get; set; }

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (To < 0)
                throw new InvalidOperationException("to is below zero");
            if (To < From)
                yield return new("must not be before 'from'", [nameof(To)]);
        }
    }

    public sealed class Picky
    {
        public int Even { get; set => field = value % 2 == 0 ? value : throw new ArgumentException($"{value} is odd", nameof(value)); }
    }
}
