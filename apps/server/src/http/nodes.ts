import {
  adoptNode,
  claimNode,
  deleteNode,
  forgetProvisional,
  getNode,
  holdNode,
  listLogs,
  listNodes,
  mergeNodes,
  nodeDetail,
  patchNode,
  registerNode,
  releaseNode,
  type StoredNode,
  splitNode,
  stages,
  timeline,
} from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { adoptUnit } from '../engine/adopt-unit.ts'
import type { Engine } from '../engine/engine.ts'
import { nodeConfig } from '../engine/node-config.ts'
import { quarantine } from '../engine/quarantine.ts'
import { carryOut } from '../engine/requests.ts'
import { judged, waitingNodes, withItsWaiting } from '../engine/waiting.ts'
import { LEASE } from './agent.ts'
import { withStorable } from './config-files.ts'
import { checkIfMatch } from './etag.ts'
import { serve } from './routes.ts'

/** @param onNetbootChange called after a change that the boot services must know of */
export function nodeRoutes(
  app: FastifyInstance,
  engine: Engine,
  onNetbootChange: (added?: StoredNode) => Promise<void>,
): void {
  const { registry, siteId, sink } = engine
  const { db } = registry

  serve(app, 'listNodes', async ({ query }) => {
    const { items, facts, ...page } = await listNodes(db, query, waitingNodes)
    return { items: judged(items, facts), ...page }
  })
  serve(app, 'getNode', async ({ params }) => withItsWaiting(db, await nodeDetail(db, params.id)))
  serve(app, 'addNode', async ({ body, request }) => {
    const input = await withStorable(db, 'node', null, body)
    const { node, facts } = await registerNode(registry, { input, actor: request.actor, siteId })
    await onNetbootChange(node)
    // It may be one that was discovered, whose agent waits for this.
    engine.waits.wake(node.id)
    return judged([node], facts)[0]!
  })
  serve(app, 'patchNode', async ({ params, body, request }) => {
    const node = await registry.transaction(async (tx) => {
      const { id } = await getNode(tx, params.id)
      const patch = await withStorable(tx, 'node', id, body)
      return patchNode(tx, id, patch, request.actor, () => checkIfMatch(tx, request, 'node', id))
    })
    await onNetbootChange()
    engine.waits.wake(node.id)
    return withItsWaiting(db, node)
  })
  /** Also its agent's long poll asks again, and a quarantined machine may be let through now. */
  const changed = async (node: Promise<StoredNode>) => {
    const done = await node
    engine.waits.wakeAll()
    await onNetbootChange()
    return withItsWaiting(db, done)
  }
  serve(app, 'adoptNode', ({ params, body, request }) =>
    changed(registry.transaction((tx) => adoptNode(tx, params.id, body, request.actor))),
  )
  serve(app, 'adoptUnit', async ({ body, request }) => {
    const { node, ...told } = await adoptUnit(engine, body, request.actor)
    if (node && !body.dryRun) await onNetbootChange(node)
    return { ...told, node: node && (await withItsWaiting(db, node)) }
  })
  /** Nobody else is concerned, and the boot services answer it as before. */
  const changedAlone = async <N extends StoredNode>(node: Promise<N>) => {
    const done = await node
    engine.waits.wake(done.id)
    const [shown] = await Promise.all([withItsWaiting(db, done), onNetbootChange(done)])
    return shown
  }
  serve(app, 'holdNode', ({ params, body, request }) =>
    changedAlone(registry.transaction((tx) => holdNode(tx, params.id, body.reason, request.actor))),
  )
  serve(app, 'releaseNode', ({ params, request }) =>
    changedAlone(registry.transaction((tx) => releaseNode(tx, params.id, request.actor))),
  )
  serve(app, 'forgetNode', ({ params, request }) =>
    changed(registry.transaction((tx) => forgetProvisional(tx, params.id, request.actor))),
  )
  serve(app, 'mergeNode', ({ params, body, request }) =>
    changed(registry.transaction((tx) => mergeNodes(tx, params.id, body, request.actor))),
  )
  serve(app, 'claimNode', ({ params, body, request }) =>
    changed(registry.transaction((tx) => claimNode(tx, params.id, body, request.actor))),
  )
  serve(app, 'splitNode', ({ params, body, request }) =>
    changed(registry.transaction((tx) => splitNode(tx, params.id, body, request.actor))),
  )
  serve(app, 'deleteNode', async ({ params, request }) => {
    await registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'node', params.id)
      await deleteNode(tx, params.id, request.actor)
    })
    await onNetbootChange()
    // Its own agent is to hear of it, and a quarantined one may be let through now.
    engine.waits.wakeAll()
    return null
  })

  serve(app, 'nodeConfig', ({ params }) => nodeConfig(db, params.id))

  serve(app, 'conflicts', () => quarantine(engine, LEASE))
  serve(app, 'nodeTimeline', async ({ params }) => {
    const { id } = await getNode(db, params.id)
    await sink.flush()
    const events = await timeline(db, id)
    return { events, stages: stages(events) }
  })
  serve(app, 'nodeLogs', async ({ params, query }) => listLogs(db, (await getNode(db, params.id)).id, query))

  const asked = async (...request: Parameters<typeof carryOut>) => withItsWaiting(db, await carryOut(...request))
  serve(app, 'provisionNode', ({ params, request }) => asked(engine, params.id, { kind: 'provision' }, request.actor))
  serve(app, 'reprovisionNode', ({ params, body, request }) =>
    asked(engine, params.id, { kind: 'reprovision', reason: body.reason }, request.actor),
  )
  serve(app, 'retryNode', ({ params, body, request }) =>
    asked(engine, params.id, { kind: 'retry', from: body.from }, request.actor),
  )
  serve(app, 'cancelNode', ({ params, request }) => asked(engine, params.id, { kind: 'cancel' }, request.actor))
  serve(app, 'pauseNode', ({ params, request }) => asked(engine, params.id, { kind: 'pause' }, request.actor))
  serve(app, 'resumeNode', ({ params, request }) => asked(engine, params.id, { kind: 'resume' }, request.actor))
}
