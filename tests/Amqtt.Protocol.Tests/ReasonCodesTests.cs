using Amqtt.Protocol.Tests.Support;

namespace Amqtt.Protocol.Tests;

public sealed class ReasonCodesTests
{
    public static TheoryData<PacketType, PacketSender, IReadOnlyList<ReasonCode>> Sets => new()
    {
        { PacketType.ConnAck, PacketSender.Server, ReasonSets.ConnAck },
        { PacketType.PubAck, PacketSender.Either, ReasonSets.PubAck },
        { PacketType.PubRec, PacketSender.Either, ReasonSets.PubAck },
        { PacketType.PubRel, PacketSender.Either, ReasonSets.PubRel },
        { PacketType.PubComp, PacketSender.Either, ReasonSets.PubRel },
        { PacketType.SubAck, PacketSender.Server, ReasonSets.SubAck },
        { PacketType.UnsubAck, PacketSender.Server, ReasonSets.UnsubAck },
        { PacketType.Disconnect, PacketSender.Client, ReasonSets.DisconnectOfClient },
        { PacketType.Disconnect, PacketSender.Server, ReasonSets.DisconnectOfServer },
        { PacketType.Disconnect, PacketSender.Either, [.. ReasonSets.DisconnectOfClient, .. ReasonSets.DisconnectOfServer] },
        { PacketType.Auth, PacketSender.Client, ReasonSets.AuthOfClient },
        { PacketType.Auth, PacketSender.Server, ReasonSets.AuthOfServer },
        { PacketType.Auth, PacketSender.Either, [.. ReasonSets.AuthOfClient, .. ReasonSets.AuthOfServer] },
        { PacketType.Publish, PacketSender.Either, [] },
    };

    [Theory]
    [MemberData(nameof(Sets))]
    public void Are_allowed_where_the_tables_list_them(PacketType packet, PacketSender sender, IReadOnlyList<ReasonCode> allowed)
    {
        for (var code = 0; code <= byte.MaxValue; code++)
        {
            Assert.True(allowed.Contains((ReasonCode)code) == ((ReasonCode)code).IsAllowedIn(packet, sender), $"0x{code:X2}");
        }
    }

    [Fact]
    public void Are_all_defined()
    {
        foreach (var reason in ReasonSets.ConnAck.Concat(ReasonSets.DisconnectOfServer).Concat(ReasonSets.SubAck).Concat(ReasonSets.PubRel)) Assert.True(Enum.IsDefined(reason));
    }

    [Theory]
    [InlineData(ReasonCode.Success, ConnectReturnCode.Accepted)]
    [InlineData(ReasonCode.UnsupportedProtocolVersion, ConnectReturnCode.UnacceptableProtocolVersion)]
    [InlineData(ReasonCode.ClientIdentifierNotValid, ConnectReturnCode.IdentifierRejected)]
    [InlineData(ReasonCode.ServerUnavailable, ConnectReturnCode.ServerUnavailable)]
    [InlineData(ReasonCode.ServerBusy, ConnectReturnCode.ServerUnavailable)]
    [InlineData(ReasonCode.QuotaExceeded, ConnectReturnCode.ServerUnavailable)]
    [InlineData(ReasonCode.ConnectionRateExceeded, ConnectReturnCode.ServerUnavailable)]
    [InlineData(ReasonCode.BadUserNameOrPassword, ConnectReturnCode.BadUserNameOrPassword)]
    [InlineData(ReasonCode.NotAuthorized, ConnectReturnCode.NotAuthorized)]
    [InlineData(ReasonCode.Banned, ConnectReturnCode.NotAuthorized)]
    [InlineData(ReasonCode.BadAuthenticationMethod, ConnectReturnCode.NotAuthorized)]
    public void Have_a_return_code(ReasonCode reason, ConnectReturnCode returnCode) => Assert.Equal(returnCode, reason.ToReturnCode());

    [Fact]
    public void Return_codes_survive_the_way_there_and_back()
    {
        foreach (var returnCode in Enum.GetValues<ConnectReturnCode>()) Assert.Equal(returnCode, returnCode.ToReasonCode().ToReturnCode());
    }

    [Fact]
    public void Failures_start_at_0x80()
    {
        Assert.False(ReasonCode.ReAuthenticate.IsError());
        Assert.True(ReasonCode.UnspecifiedError.IsError());
    }
}
