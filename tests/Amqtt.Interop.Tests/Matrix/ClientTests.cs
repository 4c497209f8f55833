using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Clients;

namespace Amqtt.Interop.Tests.Matrix;

public sealed class MosquittoTests(SharedBroker broker) : ForeignClientTests(new MosquittoClient(), broker);

public sealed class PahoTests(SharedBroker broker) : ForeignClientTests(new PahoClient(), broker);

public sealed class MqttNetTests(SharedBroker broker) : ForeignClientTests(new MqttNetClient(), broker);

public sealed class MqttJsTests(SharedBroker broker) : ForeignClientTests(new MqttJsClient(), broker);

public sealed class PahoWebSocketTests(SharedBroker broker) : WebSocketClientTests(new PahoClient(), broker);

public sealed class MqttNetWebSocketTests(SharedBroker broker) : WebSocketClientTests(new MqttNetClient(), broker);

public sealed class MqttJsWebSocketTests(SharedBroker broker) : WebSocketClientTests(new MqttJsClient(), broker);
