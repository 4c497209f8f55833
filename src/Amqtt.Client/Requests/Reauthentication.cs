using Amqtt.Client.Connections;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Requests;

/// <summary>One re-authentication on a connection that goes on meanwhile.</summary>
internal sealed class Reauthentication(Lock gate, Connection connection, IEnhancedAuthentication method)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task RunAsync(CancellationToken cancel)
    {
        var data = await method.BeginAsync(cancel);
        lock (gate)
        {
            if (connection.AuthArrived is not null)
                throw new ClientException("A re-authentication is under way already.");
            // Before an answer is waited for: one that the broker would not take is not sent.
            connection.Link.Append(new AuthPacket { Reason = ReasonCode.ReAuthenticate, Properties = new() { AuthenticationMethod = method.Method, AuthenticationData = data } });
            connection.AuthArrived = auth => _ = Task.Run(() => AnswerAsync(auth, cancel), CancellationToken.None);
        }

        try
        {
            if (await Task.WhenAny(_done.Task, connection.Ended).WaitAsync(cancel) != _done.Task)
                throw new ClientException("The connection ended before the re-authentication was complete.");
            await _done.Task;
        }
        finally
        {
            lock (gate) connection.AuthArrived = null;
        }
    }

    private async Task AnswerAsync(AuthPacket auth, CancellationToken cancel)
    {
        try
        {
            if (auth.Reason == ReasonCode.Success)
            {
                _done.TrySetResult();
                return;
            }

            var answer = await Handshake.ContinueAsync(method, auth, cancel);
            lock (gate) connection.Link.Append(answer);
        }
        catch (Exception error)
        {
            _done.TrySetException(error as ClientException ?? new ClientException($"Re-authentication failed: {error.Message}", error));
        }
    }
}
