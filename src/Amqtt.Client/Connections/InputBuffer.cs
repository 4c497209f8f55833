using System.Runtime.CompilerServices;
using Amqtt.Protocol;

namespace Amqtt.Client.Connections;

/// <summary>Bytes that arrived and are not parsed yet. It grows with what arrives, never with what a packet claims to be.</summary>
internal sealed class InputBuffer(Stream stream)
{
    private const int Least = 4 * 1024;
    private const int Usual = 64 * 1024;
    private byte[] _bytes = new byte[Least];
    private int _start;
    private int _end;

    /// <summary>What has arrived and was not consumed.</summary>
    public ReadOnlySpan<byte> Unread => _bytes.AsSpan(_start, _end - _start);

    /// <summary>Takes bytes from the front.</summary>
    public void Consume(int count) => _start += count;

    /// <summary>Whether a whole packet is there.</summary>
    /// <exception cref="CodecException">What is there can be no packet, or one larger than <paramref name="maxPacketSize"/>.</exception>
    public bool HasPacket(int maxPacketSize, out FrameHeader header) =>
        FrameHeader.TryRead(Unread, maxPacketSize, out header) && Unread.Length >= header.TotalLength;

    /// <summary>Waits for more bytes.</summary>
    /// <returns>Their number; 0 at the end of the stream.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> FillAsync(CancellationToken cancel)
    {
        MakeRoom();
        var count = await stream.ReadAsync(_bytes.AsMemory(_end), cancel);
        _end += count;
        return count;
    }

    private void MakeRoom()
    {
        var unread = _end - _start;
        if (unread == 0)
        {
            // A read that filled the buffer says that more is on the way; a large packet that is done with needs no room any more.
            if (_bytes.Length > Usual || (_end == _bytes.Length && _bytes.Length < Usual))
                _bytes = new byte[_bytes.Length > Usual ? Usual : _bytes.Length * 2];
            _start = _end = 0;
        }
        else if (_end == _bytes.Length)
        {
            var target = _start > _bytes.Length / 2 ? _bytes : new byte[Math.Max(_bytes.Length * 2, Least)];
            Unread.CopyTo(target);
            _bytes = target;
            (_start, _end) = (0, unread);
        }
    }
}
