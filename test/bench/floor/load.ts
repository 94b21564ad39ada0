import { readFileSync } from 'node:fs'
import { createClient } from '@eims/contracts'
import { machine } from '../import/rows.ts'

/*
 * Runs beside the server: `load.ts ACCESS.JSON fill LOT MACHINES` registers that many by the REST interface; `load.ts ORIGIN boot LOT
 * MACHINES RATE` has one after the other ask for its boot script, so many in a second, until it is ended: each is judged, and
 * its events are written. It prints how many were answered in a second.
 */

const [where = '', what = '', ...numbers] = process.argv.slice(2)
const [lot = 0, machines = 0, rate = 0] = numbers.map(Number)
const AT_ONCE = 8

async function fill(): Promise<void> {
  const { url, key } = JSON.parse(readFileSync(where, 'utf8')) as { url: string; key: string }
  const api = createClient({ baseUrl: url, token: key })
  let begun = 0
  const filler = async () => {
    while (begun < machines) {
      const { serial, uuid, mac, metadata } = machine(lot, begun++)
      await api('addNode', {
        body: { serial, uuid, macs: [mac], metadata, manufacturer: 'Dell Inc.', product: 'PowerEdge R650' },
      })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, filler))
}

function boot(): void {
  let [number, underWay, done] = [0, 0, 0]
  setInterval(() => {
    if (underWay >= AT_ONCE) return
    const { serial, uuid, mac } = machine(lot, number++ % machines)
    const url = new URL('/boot/script', where)
    url.search = String(new URLSearchParams({ serial, uuid, mac, arch: 'x86_64', platform: 'efi' }))
    underWay++
    void fetch(url)
      .then(async (reply) => {
        await reply.text()
        if (reply.ok) done++
      })
      .finally(() => underWay--)
  }, 1000 / rate)
  const began = performance.now()
  process.on('SIGTERM', () => {
    process.stdout.write(String(done / ((performance.now() - began) / 1000)))
    process.exit()
  })
}

if (what === 'fill') await fill()
else boot()
