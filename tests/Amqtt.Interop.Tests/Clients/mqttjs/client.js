// client.js subscribe|publish|will URL VERSION CLIENT_ID CA|- ...: the same commands as paho's scripts have, with MQTT.js.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import mqtt from 'mqtt'

const LIMIT = 60_000 // milliseconds; turns a hang into a failure
const [command, url, version, clientId, authority, ...rest] = process.argv.slice(2)

function fail(reason) {
  console.error(reason)
  process.exit(1)
}

setTimeout(() => fail('nothing came'), LIMIT).unref()

const commands = { subscribe, publish, will }
await commands[command](...rest)

function connect(more = {}) {
  return mqtt.connectAsync(url, {
    clientId,
    protocolVersion: Number(version),
    protocolId: version === '3' ? 'MQIsdp' : 'MQTT',
    ca: authority === '-' ? undefined : [readFileSync(authority)],
    reconnectPeriod: 0,
    connectTimeout: LIMIT,
    ...more
  })
}

// Prints SUBSCRIBED, then a line MESSAGE for each of COUNT messages, and PROPERTIES after it when there are any.
async function subscribe(filter, qos, count) {
  const client = await connect()
  let received = 0
  let waiting = [] // what a retained message that comes together with SUBACK has to say before SUBSCRIBED is said
  const say = (line) => waiting ? waiting.push(line) : console.log(line)
  const done = new Promise((resolve) => {
    client.on('message', (topic, payload, packet) => {
      if (received === Number(count)) return
      received++
      if (packet.properties) say(`PROPERTIES ${JSON.stringify(readable(packet.properties))}`)
      say(`MESSAGE ${packet.qos} ${packet.retain ? 1 : 0} ${topic} ${payload.toString('hex')}`)
      if (received === Number(count)) resolve()
    })
  })
  client.on('close', () => { if (received < Number(count)) fail('connection lost') })
  const [granted] = await client.subscribeAsync(filter, { qos: Number(qos) })
  if (granted.qos !== Number(qos)) fail(`granted ${granted.qos}`)
  for (const line of ['SUBSCRIBED', ...waiting]) console.log(line)
  waiting = null
  await done
  await client.endAsync()
}

// Publishes every line of the standard input, and ends when all are acknowledged.
async function publish(topic, qos, retain, properties) {
  const client = await connect()
  const sent = []
  for await (const line of createInterface({ input: process.stdin })) {
    const options = { qos: Number(qos), retain: retain === '1' }
    if (properties) options.properties = writable(JSON.parse(properties))
    sent.push(client.publishAsync(topic, line, options))
  }
  await Promise.all(sent)
  await client.endAsync()
}

// Connects with a will, then ends without or with DISCONNECT.
async function will(topic, qos, retain, payload, end) {
  const client = await connect({ will: { topic, payload: Buffer.from(payload), qos: Number(qos), retain: retain === '1' } })
  if (end === 'die') process.exit(0)
  await client.endAsync()
}

function readable(properties) {
  return { ...properties, correlationData: properties.correlationData?.toString('hex') }
}

function writable(properties) {
  if (properties.correlationData) properties.correlationData = Buffer.from(properties.correlationData, 'hex')
  return properties
}
