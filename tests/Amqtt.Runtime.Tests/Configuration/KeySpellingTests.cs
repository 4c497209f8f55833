using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Configuration.Binding;
using CsCheck;

namespace Amqtt.Runtime.Tests.Configuration;

public sealed class KeySpellingTests
{
    private static readonly Gen<string[]> Words = Gen.String[Gen.Char['a', 'z'], 2, 6].Array[1, 4];

    [Fact]
    public void P_A8_PF_6_four_spellings_of_a_name_are_one_name() => Words.Sample(words =>
    {
        var pascal = string.Concat(words.Select(Capital));
        string[] spellings = [pascal, words[0] + string.Concat(words.Skip(1).Select(Capital)), string.Join('-', words), string.Join('_', words)];

        return spellings.All(a => spellings.All(b => KeyNames.Same(a, b))) && KeyNames.Snake(pascal) == string.Join('_', words);
    });

    [Fact]
    public void P_A8_PF_6_every_key_binds_in_every_spelling() => Gen.Int[0, 3].Array[3].Sample(choice =>
    {
        string[][] spellings = [["timeout_ms", "timeout-ms", "timeoutMs", "TimeoutMs"], ["qos", "QoS", "Qos", "qos"], ["client_id", "client-id", "clientID", "ClientId"]];
        var value = Yaml.Bind<Options>($"{spellings[0][choice[0]]}: 1\n{spellings[1][choice[1]]}: 2\n{spellings[2][choice[2]]}: c\n");

        return value is { TimeoutMs: 1, QoS: 2, ClientID: "c" };
    });

    [Fact]
    public void P_A8_names_chosen_by_the_user_are_never_rewritten() => Words.Sample(words =>
    {
        var names = new[] { string.Join('-', words) + "-X", string.Join('_', words) + "_X", string.Concat(words.Select(Capital)) };
        var value = Yaml.Bind<Options>("names: {" + string.Join(", ", names.Select(n => n + ": 1")) + "}");

        return value.Names.Keys.SequenceEqual(names);
    });

    [Theory]
    [InlineData("QoS", "qos")]
    [InlineData("MaxQoS", "max_qos")]
    [InlineData("ClientID", "client_id")]
    [InlineData("TLSTimeout", "tls_timeout")]
    [InlineData("Option1", "option1")]
    [InlineData("Mqtt31", "mqtt31")]
    public void Keys_are_shown_in_snake_case(string property, string key) => Assert.Equal(key, KeyNames.Snake(property));

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    public sealed class Options
    {
        public int TimeoutMs { get; set; }

        public int QoS { get; set; }

        public string ClientID { get; set; } = "";

        public Dictionary<string, int> Names { get; set; } = [];
    }
}
