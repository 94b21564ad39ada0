import {
  createNode,
  deleteNode,
  ensureSite,
  getNode,
  listLogs,
  listNodes,
  nodeDetail,
  patchNode,
  stages,
  timeline,
} from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { grant } from '../engine/by-person.ts'
import type { Engine } from '../engine/engine.ts'
import { serve } from './routes.ts'

export function nodeRoutes(app: FastifyInstance, engine: Engine): void {
  const { registry, sink } = engine
  const { db } = registry

  serve(app, 'listNodes', ({ query }) => listNodes(db, query))
  serve(app, 'getNode', ({ params }) => nodeDetail(db, params.id))
  serve(app, 'addNode', async ({ body, request }) => {
    const node = await registry.transaction(async (tx) => {
      const site = await ensureSite(tx)
      return createNode(tx, { input: body, registered: true, actor: request.actor, siteId: site.id })
    })
    // It may be one that was discovered, whose agent waits for this.
    engine.waits.wake(node.id)
    return node
  })
  serve(app, 'patchNode', async ({ params, body, request }) => {
    const node = await registry.transaction((tx) => patchNode(tx, params.id, body, request.actor))
    engine.waits.wake(node.id)
    return node
  })
  serve(app, 'deleteNode', async ({ params, request }) => {
    await registry.transaction((tx) => deleteNode(tx, params.id, request.actor))
    // Its own agent is to hear of it, and a quarantined one may be let through now.
    engine.waits.wakeAll()
    return null
  })

  serve(app, 'nodeTimeline', async ({ params }) => {
    const { id } = await getNode(db, params.id)
    await sink.flush()
    const events = await timeline(db, id)
    return { events, stages: stages(events) }
  })
  serve(app, 'nodeLogs', async ({ params, query }) => listLogs(db, (await getNode(db, params.id)).id, query))

  serve(app, 'provisionNode', ({ params, request }) => grant(engine, params.id, { kind: 'provision' }, request.actor))
  serve(app, 'reprovisionNode', ({ params, body, request }) =>
    grant(engine, params.id, { kind: 'reprovision', reason: body.reason }, request.actor),
  )
  serve(app, 'retryNode', ({ params, body, request }) =>
    grant(engine, params.id, { kind: 'retry', from: body.from }, request.actor),
  )
  serve(app, 'cancelNode', ({ params, request }) => grant(engine, params.id, { kind: 'cancel' }, request.actor))
}
