import type { Counters } from '@eims/contracts'
import { dbNow, getSite, machineRecord } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import type { Artifacts } from '../artifacts.ts'
import type { Engine } from '../engine/engine.ts'
import { serve } from '../http/routes.ts'
import { diagnose } from './diagnose.ts'

export interface DiagnosisParts {
  engine: Engine
  artifacts: Pick<Artifacts, 'microOs' | 'microOsFile'>
  counters: () => Counters
}

/** Gathers what is known of one machine and lets the table judge. */
export function diagnosisRoutes(app: FastifyInstance, { engine, artifacts, counters }: DiagnosisParts): void {
  const { db } = engine.registry
  serve(app, 'diagnosis', async ({ query }) => {
    await engine.sink.flush()
    const [record, site, now] = await Promise.all([machineRecord(db, query), getSite(db), dbNow(db)])
    const { server, interfaces } = counters()
    const initrd = Object.fromEntries(
      artifacts.microOs().map((each) => [each, artifacts.microOsFile(each, 'initrd.zst').size()]),
    )
    return diagnose({ ...record, now, site, server: { since: Date.parse(server.startedAt), interfaces, initrd } })
  })
}
