import { includesRole, MOST_APPLY_BYTES, ProblemError } from '@eims/contracts'
import { applyAll, selectNodes } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { bulk } from '../engine/bulk.ts'
import type { Engine } from '../engine/engine.ts'
import { waitingNodes } from '../engine/waiting.ts'
import { readyConfigs, withStorableSet } from './config-files.ts'
import { serve } from './routes.ts'

/** 10,000 references of 128 characters, with quotation marks, and the rest. */
const BULK_BYTES = 2 * 1024 * 1024

/** @param onNetbootChange called after a change that the boot services must know of */
export function bulkRoutes(app: FastifyInstance, engine: Engine, onNetbootChange: () => Promise<void>): void {
  serve(
    app,
    'bulkNodes',
    async ({ body: given, request }) => {
      const body = await withStorableSet(engine.registry.db, given)
      if (body.action === 'delete' && !(request.role && includesRole(request.role, 'admin')))
        throw new ProblemError('forbidden', `delete needs the role admin; the key "${request.actor}" has less`)
      const report = await bulk(
        engine,
        await selectNodes(engine.registry.db, body.select, waitingNodes),
        body,
        request.actor,
      )
      engine.waits.wakeAll()
      await onNetbootChange()
      return report
    },
    { bodyLimit: BULK_BYTES },
  )
  serve(
    app,
    'applyNodes',
    async ({ body, request }) => {
      const report = await applyAll(engine.registry, body, { actor: request.actor, readyConfigs })
      if (report.applied) {
        engine.waits.wakeAll()
        await onNetbootChange()
      }
      return report
    },
    { bodyLimit: MOST_APPLY_BYTES },
  )
}
