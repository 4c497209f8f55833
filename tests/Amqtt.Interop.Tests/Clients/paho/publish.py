"""publish.py ... TOPIC QOS RETAIN: publishes every line of the standard input, and ends when all are acknowledged."""
import sys

from common import arguments, connect, new_client, run

topic, qos, retain = arguments()
client = new_client()
connect(client)
sent = [client.publish(topic, line.rstrip("\n"), int(qos), retain == "1") for line in sys.stdin]
run(client, lambda: all(message.is_published() for message in sent))
client.disconnect()
