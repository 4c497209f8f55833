using System.Text;
using Amqtt.Protocol;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Configuration.Binding;

namespace Amqtt.Broker.Configuration;

/// <summary>What has to be true of a whole configuration, beyond each value being right by itself. Silent about values that were already found wrong.</summary>
internal sealed class OptionsRules(BrokerOptions options, SourceMap source, ConfigErrors errors)
{
    private const string Section = "listeners";
    private const int MaximumSocketPath = 107; // sun_path less its zero

    public static void Check(BrokerOptions options, SourceMap source, ConfigErrors errors) => new OptionsRules(options, source, errors).Check();

    /// <summary>Checks that there is somebody to serve each listener. Not while reading: the program adds types to what it has read.</summary>
    public void CheckTypes()
    {
        foreach (var listener in options.EffectiveListeners())
        {
            if (ListenerCollection.NeedsProtocol(listener.Type) && options.Listeners.FindType(listener.Type) is null)
                Add(listener, "type", "'ws' needs the package Amqtt.AspNetCore and 'options.Listeners.AddWebSockets()' before the broker is made; expected that, or another type");
        }
    }

    private void Check()
    {
        if (!options.Listeners.ContainsKey(ListenerCollection.DefaultName) && !errors.IsWrong(Section))
            errors.Add(source.Find(Section), $"{Section}: there is no listener '{ListenerCollection.DefaultName}', from which all others inherit; expected an entry of that name");

        foreach (var (name, own) in options.Listeners)
            CheckLimits(name, own);
        var listeners = options.EffectiveListeners();
        foreach (var listener in listeners)
        {
            CheckType(listener);
            CheckTls(listener);
            CheckProxy(listener);
        }

        CheckConflicts(listeners);
        const string responseInformation = "response_information";
        if (options.ResponseInformation is { } text && !MqttString.IsValid(text))
            errors.Add(source.Find(responseInformation), $"{responseInformation}: it has characters that MQTT does not carry, or more than 65,535 bytes; expected printable text");
    }

    private void CheckLimits(string name, ListenerOptions own)
    {
        foreach (var property in own.Limits.SetForBrokerOnly())
        {
            var key = KeyNames.Snake(property);
            errors.Add(source.Find(Section, name, "limits", key), $"{Section}.{name}.limits.{key}: this limit counts for the whole broker; expected it in the top-level section 'limits'");
        }
    }

    private void CheckType(ListenerOptions listener)
    {
        switch (listener.Type)
        {
            case ListenerType.Unix when listener.Bind is { Path: null } && !IsUnreadable(listener, "bind"):
                Add(listener, "bind", $"'{listener.Bind}' is not the path of a socket; expected one such as /run/amqtt.sock for a listener of type unix");
                break;
            case ListenerType.Unix when listener.Bind?.Path is { } path && Encoding.UTF8.GetByteCount(path) > MaximumSocketPath:
                Add(listener, "bind", $"'{path}' has more than {MaximumSocketPath} bytes, which the path of a socket must not; expected a shorter one");
                break;
            case ListenerType.Tcp or ListenerType.Ws when listener.Bind?.Path is { } socket:
                Add(listener, "bind", $"'{socket}' is the path of a socket; expected an address and a port for a listener of type {listener.Type.ToString().ToLowerInvariant()}");
                break;
            default:
                break;
        }
    }

    private void CheckTls(ListenerOptions listener)
    {
        if (IsUnreadable(listener, "certfile") || IsUnreadable(listener, "keyfile"))
            return;
        if (listener is { Certfile: null, Keyfile: not null })
            Add(listener, "keyfile", "there is no 'certfile'; expected the certificate of this key, too");
        else if (listener is { Certfile: not null, Keyfile: null })
            Add(listener, "certfile", "there is no 'keyfile'; expected the key of this certificate, too");
        else if (listener is { Ssl: true, Certfile: null, Type: not ListenerType.External })
            Add(listener, "ssl", "TLS is on without a certificate; expected 'certfile' and 'keyfile'");
    }

    private void CheckProxy(ListenerOptions listener)
    {
        if (listener is { ProxyProtocol: true, ProxyFrom: null, Type: ListenerType.Tcp or ListenerType.Ws } && !IsUnreadable(listener, "proxy_from"))
            Add(listener, "proxy_protocol", "anybody could claim to be anybody; expected 'proxy_from' with the addresses of the proxies");
    }

    private void CheckConflicts(IReadOnlyList<ListenerOptions> listeners)
    {
        var taken = new Dictionary<(string Address, int Port), ListenerOptions>();
        var sockets = new Dictionary<string, ListenerOptions>(StringComparer.Ordinal);
        foreach (var listener in listeners)
        {
            if (listener.Type == ListenerType.External || IsUnreadable(listener, "type") || IsUnreadable(listener, "bind"))
                continue;
            if (listener.Bind?.Path is { } path && !sockets.TryAdd(path, listener))
                Add(listener, "bind", $"the listeners '{sockets[path].Name}' and '{listener.Name}' have the same path {path}; expected another one, or null for none");
            if (listener.Bind is not { Path: null } bind || (bind.Port ?? listener.DefaultPort) is not (> 0 and var port))
                continue;
            var addresses = Addresses(bind);
            if (addresses.Select(address => taken.GetValueOrDefault((address, port))).OfType<ListenerOptions>().FirstOrDefault() is { } other)
                Add(listener, "bind", $"the listeners '{other.Name}' and '{listener.Name}' have the same address {bind with { Port = port }}; expected another one, or null for none");
            else if (taken.Where(other => other.Key.Port == port).Select(other => other.Value).FirstOrDefault(other => Overlap(bind, other.Bind!)) is { } wide)
                Warn(listener, "bind", $"the listeners '{wide.Name}' ({wide.Bind}) and '{listener.Name}' ({bind}) want the same port, of all addresses and of one, which most systems refuse; expected another port, or 'bind: null' for one of them");
            foreach (var address in addresses)
                taken.TryAdd((address, port), listener);
        }
    }

    private static bool Overlap(ListenEndpoint one, ListenEndpoint other) => one.Covers(other) || other.Covers(one);

    private void Add(ListenerOptions listener, string key, string problem) =>
        errors.Add(source.Find(Section, listener.Name, key), $"{Section}.{listener.Name}.{key}: {problem}");

    private void Warn(ListenerOptions listener, string key, string problem) =>
        errors.Warn(source.Find(Section, listener.Name, key), $"{Section}.{listener.Name}.{key}: {problem}");

    private bool IsUnreadable(ListenerOptions listener, string key) =>
        errors.IsWrong($"{Section}.{listener.Name}.{key}") || errors.IsWrong($"{Section}.{ListenerCollection.DefaultName}.{key}");

    // Names are compared as names: asking DNS would make a file right today and wrong tomorrow.
    private static string[] Addresses(ListenEndpoint bind) =>
        bind.Addresses() is { Count: > 0 } known ? [.. known.Select(address => address.ToString())] : [bind.Host!.ToUpperInvariant()];
}
