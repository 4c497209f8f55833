namespace Amqtt.Interop.Tests.Clients;

/// <summary>What a test needs of the machine.</summary>
internal static class Requirement
{
    // Where AMQTT_INTEROP=required, what is missing is a failure instead of a skip, so that CI cannot pass by not having it.
    private static readonly bool IsRequired = Environment.GetEnvironmentVariable("AMQTT_INTEROP") == "required";

    /// <summary>Ends the test if there is a reason why it cannot run here.</summary>
    public static void Check(string? missing)
    {
        if (missing is null)
            return;
        if (IsRequired)
            Assert.Fail(missing);
        Assert.Skip(missing);
    }
}
