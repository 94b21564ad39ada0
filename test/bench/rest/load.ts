import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { machine } from '../import/rows.ts'

/*
 * Runs beside the server: `load.ts ACCESS.JSON post|page|node LOT COUNT AT_ONCE`, over connections that stay open, and
 * prints {"perSecond", "p50", "p99"}, times in milliseconds. ACCESS.JSON holds `url`, and `key` where one is asked for.
 * A lot is not to be used twice: its machines are registered then.
 */

const [file = '', what = '', lot = '', count = '', atOnce = ''] = process.argv.slice(2)
const { url, key = '' } = JSON.parse(readFileSync(file, 'utf8')) as { url: string; key?: string }
const agent = new Agent({ keepAlive: true, maxSockets: Number(atOnce) })
const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }

/** @returns the body of the reply; throws for any status but the expected one */
function call(method: 'GET' | 'POST', path: string, body?: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), { method, agent, headers }, (reply) => {
      let text = ''
      reply.setEncoding('utf8')
      reply.on('data', (part) => (text += part))
      reply.on('end', () => {
        if (reply.statusCode === (method === 'POST' ? 201 : 200)) resolve(text)
        else reject(new Error(`${method} ${path}: ${reply.statusCode} ${text}`))
      })
    })
    sent.on('error', reject)
    sent.end(body && JSON.stringify(body))
  })
}

function post(number: number): Promise<string> {
  const { serial, uuid, mac, metadata } = machine(Number(lot), number)
  const maker = { manufacturer: 'Dell Inc.', product: 'PowerEdge R650' }
  return call('POST', '/api/v1/nodes', { serial, uuid, macs: [mac], metadata, ...maker })
}

async function calls(): Promise<(number: number) => Promise<string>> {
  if (what === 'post') return post
  if (what === 'page') return () => call('GET', '/api/v1/nodes?pageSize=50')
  const { items } = JSON.parse(await call('GET', '/api/v1/nodes?pageSize=50')) as { items: { id: string }[] }
  return (number) => call('GET', `/api/v1/nodes/${items[number % items.length]!.id}`)
}

const once = await calls()
const times: number[] = []
let begun = 0
async function caller(): Promise<void> {
  while (begun < Number(count)) {
    const began = performance.now()
    await once(begun++)
    times.push(performance.now() - began)
  }
}
const began = performance.now()
await Promise.all(Array.from({ length: Number(atOnce) }, caller))
const seconds = (performance.now() - began) / 1000
times.sort((a, b) => a - b)
const rank = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
console.log(JSON.stringify({ perSecond: times.length / seconds, p50: rank(0.5), p99: rank(0.99) }))
agent.destroy()
