import type { ServerCounters } from '@eims/contracts'
import { dbNow, getSite, judgeFacts, machineRecord } from '@eims/registry'
import { waitingFor } from '@eims/workflow'
import type { FastifyInstance } from 'fastify'
import type { Artifacts } from '../artifacts.ts'
import type { Engine } from '../engine/engine.ts'
import { serve } from '../http/routes.ts'
import { diagnose } from './diagnose.ts'

interface DiagnosisParts {
  engine: Engine
  artifacts: Pick<Artifacts, 'microOs' | 'microOsFile'>
  counters: () => ServerCounters
}

/** Gathers what is known of one machine and lets the table judge. */
export function diagnosisRoutes(app: FastifyInstance, { engine, artifacts, counters }: DiagnosisParts): void {
  const { db } = engine.registry
  serve(app, 'diagnosis', async ({ query }) => {
    await engine.sink.flush()
    const [record, site, now] = await Promise.all([machineRecord(db, query), getSite(db), dbNow(db)])
    const { site: policy, nodes } = await judgeFacts(db, record.node ? [record.node.id] : [])
    const waiting = nodes[0] ? waitingFor(nodes[0], policy) : null
    const { server, interfaces } = counters()
    const initrd = Object.fromEntries(
      artifacts.microOs().map((each) => [each, artifacts.microOsFile(each, 'initrd.zst').size()]),
    )
    return diagnose({
      ...record,
      waiting,
      now,
      site,
      server: { since: Date.parse(server.startedAt), interfaces, initrd },
    })
  })
}
