"""What the scripts share: the first arguments PORT CA|- VERSION CLIENT_ID tcp|websockets, and a client made from them."""
import sys

import paho.mqtt.client as mqtt

LIMIT = 60  # seconds; turns a hang into a failure


def new_client():
    _, _, authority, version, client_id, transport = sys.argv[:6]
    protocol = {"3": mqtt.MQTTv31, "4": mqtt.MQTTv311, "5": mqtt.MQTTv5}[version]
    if hasattr(mqtt, "CallbackAPIVersion"):  # paho 2
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION1, client_id=client_id, protocol=protocol, transport=transport)
    else:
        client = mqtt.Client(client_id=client_id, protocol=protocol, transport=transport)
    if transport == "websockets":
        client.ws_set_options(path="/mqtt")
    if authority != "-":
        client.tls_set(ca_certs=authority)
    return client


def connect(client):
    """Connects and returns when CONNACK has arrived; anything but success ends the script."""
    answer = []
    client.on_connect = lambda _client, _data, _flags, code, *_properties: answer.append(code)
    client.connect("127.0.0.1", int(sys.argv[1]), keepalive=LIMIT)
    run(client, lambda: answer)
    if answer[0] != 0:
        sys.exit("refused: %s" % answer[0])


def run(client, done):
    """Serves the connection until done() says so. Every loop waits for the socket, and LIMIT loops of a second are the end."""
    for _ in range(100 * LIMIT):
        if done():
            return
        code = client.loop(timeout=1.0)
        if code != mqtt.MQTT_ERR_SUCCESS:
            sys.exit("connection lost: %s" % mqtt.error_string(code))
    sys.exit("nothing came")


def arguments():
    return sys.argv[6:]
