using Amqtt.Runtime.Configuration;

namespace Amqtt.Runtime.Tests.Configuration;

public sealed class ConfigTreeTests
{
    [Fact]
    public void P_A1_nested_dictionaries_bind_as_the_same_yaml_does()
    {
        var fromYaml = Yaml.Bind<ConfigBinderTests.Everything>("number: 5\nflag: on\nnested: {name: x}\nlist: [1, 2]\ntimeout: 90\nmode: refuse\nnothing:\n");
        foreach (var numbers in new object[] { 5, "5" })
        {
            var errors = new ConfigErrors();
            var tree = ConfigTree.FromDictionary(new Dictionary<string, object?>
            {
                ["number"] = numbers,
                ["flag"] = numbers is int ? true : "on",
                ["nested"] = new Dictionary<string, string> { ["name"] = "x" },
                ["list"] = numbers is int ? new[] { 1, 2 } : new[] { "1", "2" },
                ["timeout"] = numbers is int ? TimeSpan.FromSeconds(90) : "90",
                ["mode"] = "refuse",
                ["nothing"] = null,
            });
            var value = (ConfigBinderTests.Everything?)ConfigBinder.Bind(typeof(ConfigBinderTests.Everything), tree, errors, "");

            Assert.Empty(errors.Errors);
            Assert.Equivalent(fromYaml, value, strict: true);
        }
    }

    [Fact]
    public void Messages_start_with_the_key_path()
    {
        var errors = new ConfigErrors();
        var tree = ConfigTree.FromDictionary(new Dictionary<string, object?> { ["nested"] = new Dictionary<string, object?> { ["nme"] = 1 } });

        Assert.Null(ConfigBinder.Bind(typeof(ConfigBinderTests.Everything), tree, errors, ""));
        Assert.Equal(["nested.nme: unknown key; did you mean 'name'?"], errors.Errors.Select(e => e.ToString()));
    }

    [Fact]
    public void A_value_that_no_configuration_has_is_refused() =>
        Assert.Throws<ArgumentException>(() => ConfigTree.FromDictionary(new Dictionary<string, object?> { ["a"] = new object() }));
}
