/*
 * Run as a program: `node calls-client.ts LOCAL.JSON COUNT` lists fifty nodes, with a pause of 20 ms between two calls: fifty
 * times to get warm, then, having said `ready`, COUNT times. Prints milliseconds at the end, as JSON: half
 * of the calls took no longer, and 99 of 100.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const [localFile = '', count = ''] = process.argv.slice(2)
const { url, key } = JSON.parse(readFileSync(localFile, 'utf8')) as { url: string; key: string }

const call = async () => {
  const began = performance.now()
  const reply = await fetch(`${url}/api/v1/nodes?pageSize=50`, { headers: { authorization: `Bearer ${key}` } })
  await reply.arrayBuffer()
  if (!reply.ok) throw new Error(`the service answered ${reply.status}`)
  return performance.now() - began
}
for (let warm = 0; warm < 50; warm++) await call()
console.log('ready')
const took: number[] = []
while (took.length < Number(count)) {
  took.push(await call())
  await sleep(20)
}
took.sort((a, b) => a - b)
const share = (part: number) => took[Math.floor(took.length * part)] ?? 0
console.log(JSON.stringify({ p50: share(0.5), p99: share(0.99) }))
