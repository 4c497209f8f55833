"""will.py ... TOPIC QOS RETAIN PAYLOAD die|leave: connects with a will, then ends without or with DISCONNECT."""
import os

from common import arguments, connect, new_client

topic, qos, retain, payload, end = arguments()
client = new_client()
client.will_set(topic, payload, int(qos), retain == "1")
connect(client)
if end == "die":
    os._exit(0)
client.disconnect()
