using System.Net;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Connections;
using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Sessions;

namespace Amqtt.Broker.Listeners;

/// <summary>
/// Who gets a place on a listener: addresses and rates first, then memory, then the broker's and the listener's places. It is asked before anything else happens
/// with an accepted connection, a TLS handshake included. Any thread.
/// </summary>
internal sealed class AdmissionGate
{
    /// <summary>What is said of a connection from an address that is none of the proxies'.</summary>
    public const string NotAProxy = "it is not in proxy_from";

    private readonly BrokerState _broker;
    private readonly Refusals _refusals;
    private readonly AddressTable _addresses;
    private readonly ConnectionSlots _slots;
    private readonly Action<IPAddress?> _leave; // one each for all places, not one a place
    private readonly Action<IPAddress?> _leaveSlot;
    private readonly Action<IPAddress?> _leaveUnserved;

    public AdmissionGate(BrokerState broker, ListenerOptions options)
    {
        _broker = broker;
        _leave = Leave;
        _leaveSlot = LeaveSlot;
        _leaveUnserved = LeaveUnserved;
        _refusals = broker.RefusalsOf(options.Name);
        // Who waits holds a descriptor without being served, as who is told that there is no place: both are of one number.
        _slots = new ConnectionSlots(options.MaxConnections, options.MaxConnectionsMode == MaxConnectionsMode.Wait ? broker.TryAddUnserved : static () => false);
        _addresses = new AddressTable(options.Limits);
    }

    /// <summary>Other bounds for connections to come; those that are there count.</summary>
    public void SetLimits(LimitOptions limits) => _addresses.SetLimits(limits);

    /// <summary>
    /// Asks for a place. <paramref name="admitted"/> is called with it, at once or, where connections wait for one to end, on the thread on which that happens.
    /// </summary>
    /// <param name="address">The other end; null where there is none.</param>
    /// <param name="canAnswer">Whether a refusal can be told without effort: not before a TLS handshake.</param>
    /// <param name="admitted">Goes on with the connection.</param>
    /// <param name="usesSlot">Whether it counts among the listener's connections; those that a host hands over do not (P-B6).</param>
    /// <returns>False if the connection is to be closed at once; nothing is held for it then.</returns>
    public bool TryEnter(IPAddress? address, bool canAnswer, Action<Place> admitted, bool usesSlot = true)
    {
        long now = _broker.Clock.Now;
        if (address is not null && _addresses.TryEnter(address, now) is { } limit) return Refuse(limit, address);
        bool tooFast = (address is null || !IPAddress.IsLoopback(address)) && _broker.ConnectRate?.TryTake(now) == false;
        if (tooFast) Count(Refusal.ConnectRate, address);
        bool noMemory = _broker.Memory.Pressure >= MemoryPressure.RefuseConnections;
        if (noMemory) Count(Refusal.MaxMemory, address);
        if (tooFast || noMemory)
        {
            if (canAnswer && _broker.TryAddUnserved())
            {
                admitted(new Place(tooFast ? Admission.TooFast : Admission.NoMemory, now, address, _leaveUnserved));
                return true;
            }

            LeaveAddress(address);
            return false;
        }

        if (!usesSlot) return Occupy(address, usesSlot, admitted);
        return _slots.TryTake(Later) switch
        {
            true => Occupy(address, usesSlot, admitted),
            false => TurnAway(Admission.ListenerFull, Refusal.ListenerMaxConnections, address, admitted),
            null => true, // it waits, and does not count meanwhile
        };

        void Later() => EndWait(address, admitted);
    }

    /// <summary>A connection that waited has a slot. If the broker has no place for it, it stays among those that are not served until it has been told.</summary>
    private void EndWait(IPAddress? address, Action<Place> admitted)
    {
        if (_broker.TryAddConnection())
        {
            _broker.RemoveUnserved();
            admitted(new Place(Admission.Granted, _broker.Clock.Now, address, _leaveSlot));
            return;
        }

        Count(Refusal.MaxConnections, address);
        admitted(new Place(Admission.BrokerFull, _broker.Clock.Now, address, _leaveUnserved));
        _slots.Release();
    }

    /// <summary>The listener has room: takes the broker's place.</summary>
    private bool Occupy(IPAddress? address, bool hasSlot, Action<Place> admitted)
    {
        if (_broker.TryAddConnection())
        {
            admitted(new Place(Admission.Granted, _broker.Clock.Now, address, hasSlot ? _leaveSlot : _leave));
            return true;
        }

        if (hasSlot) _slots.Release();
        return TurnAway(Admission.BrokerFull, Refusal.MaxConnections, address, admitted);
    }

    /// <summary>
    /// Counts a connection by the address that a proxy has told. Returns what it occupies from now on; null if the address has no room.
    /// </summary>
    public Place? TryLocate(Place place, IPAddress? client)
    {
        if (client is null) return place;
        if (_addresses.TryEnter(client, _broker.Clock.Now) is { } limit)
        {
            Count(limit, client);
            return null;
        }

        return place.And(() => LeaveAddress(client));
    }

    /// <summary>There is no place: the client is told, unless too many are being told just now.</summary>
    private bool TurnAway(Admission admission, Refusal limit, IPAddress? address, Action<Place> admitted)
    {
        Count(limit, address);
        if (!_broker.TryAddUnserved())
        {
            LeaveAddress(address);
            return false;
        }

        admitted(new Place(admission, _broker.Clock.Now, address, _leaveUnserved));
        return true;
    }

    private bool Refuse(Refusal limit, IPAddress? address)
    {
        Count(limit, address);
        return false;
    }

    private void Count(Refusal limit, IPAddress? address)
    {
        _refusals.Count(limit);
        _broker.Security.LimitReached(limit, _refusals.Listener, address);
    }

    private void Leave(IPAddress? address)
    {
        _broker.RemoveConnection();
        LeaveAddress(address);
    }

    private void LeaveSlot(IPAddress? address)
    {
        _broker.RemoveConnection();
        _slots.Release();
        LeaveAddress(address);
    }

    private void LeaveUnserved(IPAddress? address)
    {
        _broker.RemoveUnserved();
        LeaveAddress(address);
    }

    private void LeaveAddress(IPAddress? address)
    {
        if (address is not null) _addresses.Leave(address);
    }
}
