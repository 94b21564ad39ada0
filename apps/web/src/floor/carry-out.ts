import { type Node, type Problem, standingOf } from '@eims/contracts'
import { reasonOf } from '../shown/reason-of.ts'
import type { Job, OutReason } from './code.ts'
import type { Facts, Outcome, Scan } from './scan.ts'
import { call, Refused } from './server.ts'

/** What a scan needs besides itself. */
export interface Around {
  /** the words that stand in the registry as the reason of a hold */
  holdReason: string
  outReason: (why: OutReason) => string
  /** the scan of that id */
  scan: (id: string) => Scan | undefined
  /** keeps what is known so far where a reload finds it */
  note: (known: Partial<Pick<Scan, 'before' | 'isSent'>>) => void
}

const factsOf = (node: Node): Facts => ({
  id: node.id,
  name: node.name,
  serial: node.serial,
  mac: node.macs[0] ?? null,
  manufacturer: node.manufacturer,
  product: node.product,
  batch: node.batch,
  standing: standingOf(node),
  reason: reasonOf(node),
  hold: node.hold,
  isBusy: node.run?.state === 'RUNNING' || node.run?.state === 'PENDING',
  at: Date.now(),
})

/**
 * Does what was scanned. It may be begun again at any time, also after a reload: each request carries a key by which the
 * server knows it again, and what was there before is noted before it is changed.
 * @throws Unanswered when that has to be done; Refused when nobody is signed in
 */
export async function carryOut(scan: Scan, around: Around): Promise<Outcome> {
  try {
    const { reply, etag } = await call('getNode', { id: scan.ref })
    const now = factsOf(reply)
    const { job } = scan
    if (job.kind === 'look-up') return { kind: 'found', facts: now }
    if (job.kind === 'undo') return await undo(scan, now, etag, around)
    if (!scan.before) {
      if (isSo(job, now, around)) return { kind: 'already', facts: now }
      around.note({ before: now })
    }
    const before = scan.before ?? now
    // A PATCH has no Idempotency-Key: that it was done shows in what it did.
    if (scan.isSent && job.kind === 'assign' && isSo(job, now, around)) return { kind: 'done', facts: now, before }
    around.note({ isSent: true })
    try {
      return { kind: 'done', facts: await change(scan.id, job, now, etag, around), before }
    } catch (error) {
      // The server did it, and lost its own answer with its database.
      if (scan.isSent && isSo(job, now, around)) return { kind: 'done', facts: now, before }
      if (codeOf(error) === 'precondition-failed') return { kind: 'changed-meanwhile', facts: now }
      return refusal(error, now)
    }
  } catch (error) {
    const code = codeOf(error)
    if (code === 'not-found') return { kind: 'nobody' }
    if (code === 'identity-conflict') return { kind: 'several', candidates: await candidates(scan.ref) }
    return refusal(error, null)
  }
}

const codeOf = (error: unknown): Problem['code'] | null => (error instanceof Refused ? error.problem.code : null)

/** @throws what is no answer to this scan */
function refusal(error: unknown, facts: Facts | null): Outcome {
  if (!(error instanceof Refused) || error.problem.code === 'unauthenticated') throw error
  const { code, reason = null, detail } = error.problem
  return { kind: 'refused', facts, code, reason, text: detail }
}

type Change = Exclude<Job, { kind: 'look-up' }>

const reasonFor = (job: Change, { holdReason, outReason }: Around): string | null =>
  job.kind === 'hold' ? holdReason : job.kind === 'take-out' ? outReason(job.why) : null

/** Whether a machine is as the job wants it. Nothing tells of a retry that it was asked for, but that a run is under way. */
function isSo(job: Change, facts: Facts, around: Around): boolean {
  if (job.kind === 'assign') return facts.batch === job.batch
  if (job.kind === 'retry') return facts.isBusy
  if (job.kind === 'release') return facts.hold === null
  return facts.hold === reasonFor(job, around) && !(job.kind === 'take-out' && facts.isBusy)
}

async function change(
  key: string,
  job: Change,
  { id, isBusy }: Facts,
  etag: string | null,
  around: Around,
): Promise<Facts> {
  if (job.kind === 'assign') return assign(id, job.batch, etag)
  if (job.kind === 'release') return factsOf((await call('releaseNode', { id, key })).reply)
  if (job.kind === 'retry')
    return factsOf((await call('retryNode', { id, key, body: { from: 'failed-action' } })).reply)
  // Nothing is held while its run is under way; a machine that leaves the bench takes its run along.
  if (job.kind === 'take-out' && isBusy) await call('cancelNode', { id, key: `${key}.cancel` })
  return hold(id, key, reasonFor(job, around)!)
}

const assign = async (id: string, batch: string | null, etag: string | null): Promise<Facts> =>
  factsOf((await call('patchNode', { id, body: { batch }, unchangedSince: etag })).reply)

const hold = async (id: string, key: string, reason: string): Promise<Facts> =>
  factsOf((await call('holdNode', { id, key, body: { reason } })).reply)

/** Takes back what a scan did, unless somebody else has changed that since. */
async function undo(scan: Scan, now: Facts, etag: string | null, around: Around): Promise<Outcome> {
  const of = scan.job.kind === 'undo' ? around.scan(scan.job.of) : undefined
  if (of?.outcome?.kind !== 'done' || of.job.kind === 'undo' || of.job.kind === 'look-up')
    return { kind: 'already', facts: now }
  const { job } = of
  const { before } = of.outcome
  const { id } = now
  const isBack = job.kind === 'assign' ? now.batch === before.batch : job.kind !== 'retry' && now.hold === before.hold
  if (scan.isSent && isBack) return { kind: 'undone', facts: now }
  if (!isSo(job, now, around)) return { kind: 'changed-meanwhile', facts: now }
  around.note({ isSent: true })
  const key = scan.id
  const back = async () => {
    if (job.kind === 'assign') return assign(id, before.batch, etag)
    if (job.kind === 'retry') return factsOf((await call('cancelNode', { id, key })).reply)
    if (before.hold !== null) return hold(id, key, before.hold)
    return factsOf((await call('releaseNode', { id, key })).reply)
  }
  try {
    return { kind: 'undone', facts: await back() }
  } catch (error) {
    return codeOf(error) === 'precondition-failed' ? { kind: 'changed-meanwhile', facts: now } : refusal(error, now)
  }
}

/** Whom a code fits that fits several: a serial that two makers have given. */
async function candidates(ref: string) {
  const filter = `serial = "${ref.replace(/["\\]/g, '\\$&')}"`
  const { reply } = await call('listNodes', { query: { filter, pageSize: '10' } })
  return reply.items.map(({ name, manufacturer, product }) => ({ name, manufacturer, product }))
}
