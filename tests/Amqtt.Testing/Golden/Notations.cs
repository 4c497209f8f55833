using System.Globalization;
using System.Text;

namespace Amqtt.Testing.Golden;

/// <summary>Reads the notation of golden packets: <c>30 03 0001 'a'</c>.</summary>
public static class Notations
{
    public static byte[] ToBytes(string notation)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < notation.Length;)
        {
            if (notation[i] == ' ')
            {
                i++;
            }
            else if (notation[i] == '\'')
            {
                var end = notation.IndexOf('\'', i + 1);
                bytes.AddRange(Encoding.ASCII.GetBytes(notation[(i + 1)..end]));
                i = end + 1;
            }
            else
            {
                bytes.Add(byte.Parse(notation.AsSpan(i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 2;
            }
        }

        return [.. bytes];
    }
}
