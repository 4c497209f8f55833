"""subscribe.py ... FILTER QOS COUNT: prints SUBSCRIBED, then a line MESSAGE for each of COUNT messages."""
import sys

from common import arguments, connect, new_client, run

topic_filter, qos, count = arguments()
granted, received = [], []


def on_subscribe(_client, _data, _mid, codes, *_properties):
    granted.append(int(getattr(codes[0], "value", codes[0])))


def on_message(_client, _data, message):
    received.append(message)
    print("MESSAGE", message.qos, int(message.retain), message.topic, message.payload.hex(), flush=True)


client = new_client()
client.on_subscribe = on_subscribe
client.on_message = on_message
connect(client)
client.subscribe(topic_filter, int(qos))
run(client, lambda: granted)
if granted[0] != int(qos):
    sys.exit("granted %d" % granted[0])
print("SUBSCRIBED", flush=True)
run(client, lambda: len(received) >= int(count))
client.disconnect()
