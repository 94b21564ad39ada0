import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { createClient } from '@eims/contracts'
import { csv, machine } from './rows.ts'

/*
 * Runs beside the server: `client.ts LOCAL.JSON prepare|peer|ours LOT ROWS`, and prints {"seconds": …} with what came of it.
 * `peer` is how EIM's bulk import tool goes: row by row, three requests each, one after the other.
 */
const PROFILE = 'bench'
const [file = '', what = '', lot = '0', rows = '0'] = process.argv.slice(2)
const { url, key } = JSON.parse(readFileSync(file, 'utf8')) as { url: string; key: string }
const client = createClient({ baseUrl: url, token: key })

async function prepare() {
  const rawBody = disk()
  const query = { name: 'bench', format: 'raw' } as const
  await client('uploadImage', { query }, { rawBody, timeout: 60_000 })
  await client('addProfile', { body: { name: PROFILE, image: 'bench' } })
}

/** The least that passes for an image of a whole disk: an MBR with one partition. */
function disk(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(1 << 20)
  bytes.set([0x80, 0, 2, 0, 0x83, 0, 0, 0, 1, 0, 0, 0, 0, 4, 0, 0], 446)
  bytes.set([0x55, 0xaa], 510)
  return bytes
}

async function peer() {
  for (let number = 0; number < Number(rows); number++) {
    const { serial, uuid, mac, metadata } = machine(Number(lot), number)
    const body = { serial, uuid, macs: [mac], profile: PROFILE, manufacturer: 'Dell Inc.', product: 'PowerEdge R650' }
    const { id } = await client('addNode', { body })
    await client('provisionNode', { params: { id } })
    await client('patchNode', { params: { id }, body: { metadata } })
  }
}

async function ours() {
  const rawBody = Readable.toWeb(Readable.from(csv(Number(lot), Number(rows), PROFILE), { objectMode: false }))
  const { problems, committed, created, updated, unchanged, failed } = await client(
    'importNodes',
    { query: {} },
    { rawBody: rawBody as unknown as NonNullable<RequestInit['body']>, contentType: 'text/csv', timeout: 1_800_000 },
  )
  return { committed, created, updated, unchanged, failed, ...(problems[0] ? { problem: problems[0] } : {}) }
}

const began = performance.now()
const came = await { prepare, peer, ours }[what as 'ours']()
console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000, ...came }))
