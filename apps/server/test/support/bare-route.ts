import Fastify from 'fastify'
import pg from 'pg'

/*
 * Beside which test/bench/rest measures: the least that answers POST /api/v1/nodes durably. node bare-route.ts DATABASE_URL PORT. No key, no check, no events and no
 * audit: one row, in one statement that is its own transaction. On the same PostgreSQL, so both wait for the same disk.
 */

const [, , connectionString = '', port = ''] = process.argv

const pool = new pg.Pool({ connectionString, max: 20 })
await pool.query(`create table if not exists bench_node (
  id uuid primary key default gen_random_uuid(), serial text not null unique, uuid text not null unique, mac text not null unique,
  manufacturer text, product text, metadata jsonb, created_at timestamptz not null default now())`)

interface Given {
  serial: string
  uuid: string
  macs: string[]
  manufacturer: string
  product: string
  metadata: object
}

const app = Fastify()
app.post<{ Body: Given }>('/api/v1/nodes', async ({ body }, reply) => {
  const { serial, uuid, macs, manufacturer, product, metadata } = body
  const { rows } = await pool.query({
    name: 'insert',
    text: `insert into bench_node (serial, uuid, mac, manufacturer, product, metadata)
           values ($1, $2, $3, $4, $5, $6) returning *`,
    values: [serial, uuid, macs[0], manufacturer, product, metadata],
  })
  reply.code(201)
  return rows[0]
})
await app.listen({ host: '127.0.0.1', port: Number(port) })
console.log('ready')
