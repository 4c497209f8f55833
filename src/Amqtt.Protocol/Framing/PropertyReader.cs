using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Amqtt.Protocol;

/// <summary>
/// Walks over a property block, checking everything the table knows: allowed here, not repeated, well encoded, permitted value.
/// All readers of properties are built on it, so that they cannot disagree. Allocates nothing.
/// </summary>
internal ref struct PropertyReader
{
    private readonly ReadOnlySpan<byte> _raw;
    private readonly PropertyScope _scope;
    private readonly PacketType _packet;
    private readonly PacketSender _sender;
    private readonly int _offset;
    private ulong _seen;

    /// <param name="raw">The block without its length.</param>
    /// <param name="packet">The packet it belongs to; CONNECT for a will.</param>
    /// <param name="scope">The scope it belongs to.</param>
    /// <param name="sender">Some properties are for one side only.</param>
    /// <param name="offset">Where the block starts in the packet, for messages.</param>
    public PropertyReader(ReadOnlySpan<byte> raw, PacketType packet, PropertyScope scope, PacketSender sender, int offset)
    {
        _raw = raw;
        _packet = packet;
        _scope = scope;
        _sender = sender;
        _offset = offset;
    }

    /// <summary>The current property.</summary>
    public PropertyId Id { get; private set; }

    /// <summary>Where the current property starts in the block.</summary>
    public int Start { get; private set; }

    /// <summary>Where the current property ends in the block.</summary>
    public int End { get; private set; }

    /// <summary>The value, if it is a number.</summary>
    public uint Number { get; private set; }

    /// <summary>The value, if it is a string or binary data; of a pair, the second string.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The first string of a pair.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>Whether a property has been read already.</summary>
    public readonly bool HasSeen(PropertyId id) => (_seen >> (int)id & 1) != 0;

    /// <summary>Goes to the next property; false at the end of the block.</summary>
    public bool MoveNext()
    {
        if (End == _raw.Length) return false;

        Start = End;
        var id = _raw[Start];
        var entry = PropertyTable.Find(id);
        Id = (PropertyId)id;
        if ((entry.Scope & _scope) == PropertyScope.Nowhere) ThrowNotAllowed();
        if (HasSeen(Id) && !PropertyTable.MayRepeat(Id, _scope)) Protocol("occurs twice; it may occur once.");
        _seen |= 1UL << id;
        End = Start + 1;

        switch (entry.Type)
        {
            case PropertyType.Byte:
                Number = Take(1)[0];
                break;
            case PropertyType.TwoByteInteger:
                Number = Wire.ReadUInt16(Take(2));
                break;
            case PropertyType.FourByteInteger:
                Number = Wire.ReadUInt32(Take(4));
                break;
            case PropertyType.VariableByteInteger:
                if (Wire.ReadVariableByteInteger(_raw[End..], out var number, out var length) != OperationStatus.Done)
                    Malformed("is not a variable byte integer of at most four bytes in its shortest form.");
                Number = (uint)number;
                End += length;
                break;
            case PropertyType.BinaryData:
                Value = TakeField();
                break;
            case PropertyType.Utf8String:
                Value = TakeString();
                break;
            case PropertyType.Utf8StringPair:
                Name = TakeString();
                Value = TakeString();
                break;
        }

        if (entry.Rule != PropertyRule.Any) CheckRule(entry.Rule);
        if (_sender != PacketSender.Either) CheckSender();
        return true;
    }

    /// <summary>Walks to the end, for its checks alone.</summary>
    public void Validate()
    {
        while (MoveNext())
        {
        }
    }

    private readonly void CheckRule(PropertyRule rule)
    {
        switch (rule)
        {
            case PropertyRule.ZeroOrOne:
                if (Number > 1) Protocol($"is {Number}; only 0 and 1 are permitted.");
                break;
            case PropertyRule.NotZero:
                if (Number == 0) Protocol("is 0, which is not permitted.");
                break;
            case PropertyRule.Alias:
                if (Number == 0) CodecError.Throw(ReasonCode.TopicAliasInvalid, _packet, _offset + Start, "the topic alias is 0; it starts at 1.", ProtocolVersion.V5);
                break;
            case PropertyRule.Topic:
                if (Value.IsEmpty) Protocol("is empty; a topic name has at least one character.");
                if (TopicName.HasWildcard(Value)) Protocol("holds a wildcard; a topic name has none.");
                break;
        }
    }

    private readonly void CheckSender()
    {
        var forbidden = _sender == PacketSender.Client
            ? (Id == PropertyId.SubscriptionIdentifier && _scope == PropertyScope.Publish) // [MQTT-3.3.4-6]
                || (Id == PropertyId.ServerReference && _scope == PropertyScope.Disconnect)
            : Id == PropertyId.SessionExpiryInterval && _scope == PropertyScope.Disconnect; // [MQTT-3.14.2-2]
        if (forbidden) Protocol($"may not be sent by a {(_sender == PacketSender.Client ? "client" : "server")}.");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _raw.Length - End) Malformed($"needs {length} more bytes; the property block has {_raw.Length - End} left.");
        var bytes = _raw.Slice(End, length);
        End += length;
        return bytes;
    }

    private ReadOnlySpan<byte> TakeField() => Take(Wire.ReadUInt16(Take(2)));

    private ReadOnlySpan<byte> TakeString()
    {
        var text = TakeField();
        if (!MqttString.IsValid(text)) Malformed("is not valid UTF-8 text, or holds a control or non-character.");
        return text;
    }

    [DoesNotReturn]
    private readonly void ThrowNotAllowed() =>
        CodecError.Malformed(_packet, _offset + Start, Enum.IsDefined(Id)
            ? $"property {Id} (0x{(byte)Id:X2}) is not allowed in {(_scope == PropertyScope.Will ? "a will" : _packet.Name())}."
            : $"there is no property 0x{(byte)Id:X2}.", ProtocolVersion.V5);

    [DoesNotReturn]
    private readonly void Malformed(string problem) =>
        CodecError.Malformed(_packet, _offset + Start, $"property {Id} (0x{(byte)Id:X2}) {problem}", ProtocolVersion.V5);

    [DoesNotReturn]
    private readonly void Protocol(string problem) =>
        CodecError.Protocol(_packet, _offset + Start, $"property {Id} (0x{(byte)Id:X2}) {problem}", ProtocolVersion.V5);
}
