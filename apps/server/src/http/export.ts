import { Readable } from 'node:stream'
import { ExportQuery, exportHeader } from '@eims/contracts'
import { exportNodes, getBatch, type Registry } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { waitingNodes } from '../engine/waiting.ts'
import { exportLine } from '../imports/export-row.ts'

/** The registry, a batch or what a filter lets through, as CSV with the import's own columns and what is installed. */
export function exportRoutes(app: FastifyInstance, { db }: Registry): void {
  app.get<{ Querystring: ExportQuery }>(
    '/api/v1/export.csv',
    {
      config: { listener: 'admin', role: 'viewer' },
      schema: { querystring: ExportQuery },
    },
    async ({ query }, reply) => {
      if (query.batch !== undefined) await getBatch(db, query.batch)
      const pages = exportNodes(db, query, waitingNodes)
      // A filter that cannot be read is found by the first page, while the reply can still say so.
      const first = await pages.next()
      return reply
        .header('content-type', 'text/csv; charset=utf-8; header=present')
        .header('content-disposition', 'attachment; filename="eims-nodes.csv"')
        .send(Readable.from(lines(first.done ? [] : first.value, pages)))
    },
  )
}

type Nodes = Parameters<typeof exportLine>[0][]

async function* lines(first: Nodes, rest: AsyncIterable<Nodes>): AsyncGenerator<string> {
  const text = (nodes: Nodes) => nodes.map((node) => `${exportLine(node)}\n`).join('')
  yield `${exportHeader}\n${text(first)}`
  for await (const nodes of rest) yield text(nodes)
}
