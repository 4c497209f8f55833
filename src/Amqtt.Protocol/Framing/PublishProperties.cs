using Amqtt.Protocol.Packets;

namespace Amqtt.Protocol;

/// <summary>
/// The validated properties of a PUBLISH, as views of its bytes (5.0, section 3.3.2.3). Nothing is allocated. The default value stands
/// for no properties, and is what messages of 3.1 and 3.1.1 have.
/// </summary>
public readonly ref struct PublishProperties
{
    private readonly uint _messageExpiryInterval;
    private readonly int _responseTopic;
    private readonly int _correlationData;
    private readonly int _contentType;
    private readonly int _notForwarded;
    private readonly ushort _topicAlias;
    private readonly bool _hasMessageExpiryInterval;

    /// <summary>0 = absent, else the value plus one.</summary>
    private readonly byte _payloadFormatIndicator;

    private PublishProperties(ReadOnlySpan<byte> raw, int offset, PacketSender sender)
    {
        Raw = raw;
        var reader = new PropertyReader(raw, PacketType.Publish, PropertyScope.Publish, sender, offset);
        while (reader.MoveNext())
        {
            switch (reader.Id)
            {
                case PropertyId.PayloadFormatIndicator:
                    _payloadFormatIndicator = (byte)(reader.Number + 1);
                    break;
                case PropertyId.MessageExpiryInterval:
                    _messageExpiryInterval = reader.Number;
                    _hasMessageExpiryInterval = true;
                    _notForwarded += reader.End - reader.Start;
                    break;
                case PropertyId.TopicAlias:
                    _topicAlias = (ushort)reader.Number;
                    _notForwarded += reader.End - reader.Start;
                    break;
                case PropertyId.SubscriptionIdentifier:
                    _notForwarded += reader.End - reader.Start;
                    break;
                case PropertyId.ResponseTopic:
                    _responseTopic = reader.Start + 1;
                    break;
                case PropertyId.CorrelationData:
                    _correlationData = reader.Start + 1;
                    break;
                case PropertyId.ContentType:
                    _contentType = reader.Start + 1;
                    break;
                case PropertyId.UserProperty:
                    UserPropertyCount++;
                    UserPropertyBytes += reader.Name.Length + reader.Value.Length;
                    break;
            }
        }
    }

    /// <summary>The property block as received, without its length.</summary>
    public ReadOnlySpan<byte> Raw { get; }

    /// <summary>Whether there are no properties.</summary>
    public bool IsEmpty => Raw.IsEmpty;

    /// <summary>0 = bytes, 1 = the payload is UTF-8 text; null if absent, which means 0.</summary>
    public byte? PayloadFormatIndicator => _payloadFormatIndicator == 0 ? null : (byte)(_payloadFormatIndicator - 1);

    /// <summary>Lifetime of the message in seconds; null if it never expires.</summary>
    public uint? MessageExpiryInterval => _hasMessageExpiryInterval ? _messageExpiryInterval : null;

    /// <summary>The alias that stands for the topic, or is to be from now on; 1 or more. Null if absent.</summary>
    public ushort? TopicAlias => _topicAlias == 0 ? null : _topicAlias;

    /// <summary>The topic an answer is to be published to; empty if absent.</summary>
    public ReadOnlySpan<byte> ResponseTopic => FieldAt(_responseTopic);

    /// <summary>Whether there is a Correlation Data property, which may be of length 0.</summary>
    public bool HasCorrelationData => _correlationData != 0;

    /// <summary>The data an answer is to repeat; empty if absent.</summary>
    public ReadOnlySpan<byte> CorrelationData => FieldAt(_correlationData);

    /// <summary>Whether there is a Content Type property, which may be of length 0.</summary>
    public bool HasContentType => _contentType != 0;

    /// <summary>What the payload is, in the application's own words; empty if absent.</summary>
    public ReadOnlySpan<byte> ContentType => FieldAt(_contentType);

    /// <summary>The number of user properties.</summary>
    public int UserPropertyCount { get; }

    /// <summary>The bytes of all names and values of user properties together.</summary>
    public int UserPropertyBytes { get; }

    /// <summary>
    /// The length in bytes of what a server passes on unchanged and in order [MQTT-3.3.2-4, -15, -16, -17, -18, -20]: everything but Topic Alias
    /// (belongs to the connection), Subscription Identifier (belongs to the receiver) and Message Expiry Interval (counts down).
    /// </summary>
    public int ForwardLength => Raw.Length - _notForwarded;

    /// <summary>Parses the property block of a PUBLISH.</summary>
    /// <param name="raw">The block without its length.</param>
    /// <param name="fromClient">A client's PUBLISH may not carry a Subscription Identifier [MQTT-3.3.4-6].</param>
    /// <exception cref="CodecException">The block is not valid.</exception>
    public static PublishProperties Parse(ReadOnlySpan<byte> raw, bool fromClient) => Parse(raw, 0, fromClient ? PacketSender.Client : PacketSender.Server);

    /// <summary>Encodes the properties of a client's PUBLISH as a block without its length: what goes on the wire behind the length.</summary>
    /// <exception cref="CodecException">A receiver would refuse them.</exception>
    public static byte[] Encode(MqttProperties properties)
    {
        ArgumentNullException.ThrowIfNull(properties);
        var raw = PropertiesEncoder.Block(PacketType.Publish, properties);
        Parse(raw, fromClient: true);
        return raw;
    }

    /// <summary>The properties as an object.</summary>
    /// <param name="limits">Bounds on what is turned into objects; none if null.</param>
    /// <exception cref="CodecException">A limit is passed.</exception>
    public MqttProperties ToProperties(DecoderLimits? limits = null) =>
        MqttProperties.Decode(Raw, PacketType.Publish, PropertyScope.Publish, PacketSender.Either, 0, limits ?? DecoderLimits.Unlimited);

    /// <summary>Copies what <see cref="ForwardLength"/> counts.</summary>
    /// <param name="destination">At least <see cref="ForwardLength"/> bytes.</param>
    public void CopyForwardTo(Span<byte> destination)
    {
        if (_notForwarded == 0)
        {
            Raw.CopyTo(destination);
            return;
        }

        var reader = new PropertyReader(Raw, PacketType.Publish, PropertyScope.Publish, PacketSender.Either, 0);
        while (reader.MoveNext())
        {
            if (reader.Id is PropertyId.TopicAlias or PropertyId.SubscriptionIdentifier or PropertyId.MessageExpiryInterval) continue;
            var property = Raw[reader.Start..reader.End];
            property.CopyTo(destination);
            destination = destination[property.Length..];
        }
    }

    internal static PublishProperties Parse(ReadOnlySpan<byte> raw, int offset, PacketSender sender) => new(raw, offset, sender);

    /// <summary>The field at a position of the block; position 0 holds an identifier, never a field, and so stands for "absent".</summary>
    private ReadOnlySpan<byte> FieldAt(int position) =>
        position == 0 ? default : Raw.Slice(position + 2, Wire.ReadUInt16(Raw[position..]));
}
