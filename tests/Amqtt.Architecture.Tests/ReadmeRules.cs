namespace Amqtt.Architecture.Tests;

/// <summary>What the README prints and no other test compiles.</summary>
public sealed class ReadmeRules
{
    [Fact]
    public void The_lines_for_embedding_are_those_of_the_sample()
    {
        var readme = Repository.Read("README.md");
        var start = readme.IndexOf("```csharp\n", readme.IndexOf("## In your own program", StringComparison.Ordinal), StringComparison.Ordinal) + "```csharp\n".Length;
        var lines = readme[start..readme.IndexOf("```", start, StringComparison.Ordinal)];
        Assert.Contains(lines, Repository.Read("samples/EmbeddedBroker/Program.cs"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dotnet run -c Release --project src/Amqtt.Cli ")]
    [InlineData("dotnet test ")]
    public void The_first_screen_has_the_two_commands(string command) =>
        Assert.Contains(Repository.Read("README.md").Split('\n').Take(24), line => line.StartsWith(command, StringComparison.Ordinal));
}
