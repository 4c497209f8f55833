"""properties.py ... TOPIC: sends itself a message with every property, by topic alias the second time, and prints SAME if both arrive as they were sent."""
import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from common import arguments, connect, new_client, run

(topic,) = arguments()
granted, received = [], []
client = new_client()
client.on_subscribe = lambda *_: granted.append(1)
client.on_message = lambda _client, _data, message: received.append(message)
connect(client)
subscription = Properties(PacketTypes.SUBSCRIBE)
subscription.SubscriptionIdentifier = 99
client.subscribe(topic, options=mqtt.SubscribeOptions(qos=1), properties=subscription)
run(client, lambda: granted)


def properties():
    sent = Properties(PacketTypes.PUBLISH)
    sent.PayloadFormatIndicator = 1
    sent.MessageExpiryInterval = 3600
    sent.ContentType = "text/x"
    sent.ResponseTopic = "answers/here"
    sent.CorrelationData = b"\x00\xff"
    sent.UserProperty = [("key", "first"), ("key", "second")]
    sent.TopicAlias = 1
    return sent


client.publish(topic, "named", qos=1, properties=properties())
client.publish("", "by alias", qos=1, properties=properties())
run(client, lambda: len(received) == 2)
client.disconnect()


def problems(message, payload):
    got = message.properties
    seen = {
        "topic": message.topic == topic,
        "payload": message.payload.decode() == payload,
        "format": got.PayloadFormatIndicator == 1,
        "expiry": 3500 <= got.MessageExpiryInterval <= 3600,
        "content type": got.ContentType == "text/x",
        "response topic": got.ResponseTopic == "answers/here",
        "correlation": got.CorrelationData == b"\x00\xff",
        "user properties": got.UserProperty == [("key", "first"), ("key", "second")],
        "identifier": got.SubscriptionIdentifier == [99],
    }
    return [name for name, same in seen.items() if not same]


different = problems(received[0], "named") + problems(received[1], "by alias")
print("DIFFERENT %s" % different if different else "SAME", flush=True)
