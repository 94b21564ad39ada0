import { type HeldNode, type Node, type Problem, standingOf } from '@eims/contracts'
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
 * server knows it again. What was there before, for undoing it, is in the server's answer; of a batch, which is a PATCH, it is
 * noted before it is changed.
 * @throws Unanswered when that has to be done; Refused when nobody is signed in
 */
export async function carryOut(scan: Scan, around: Around): Promise<Outcome> {
  const { job } = scan
  try {
    if (job.kind !== 'look-up' && job.kind !== 'undo' && job.kind !== 'assign') return await atOnce(scan, job, around)
    const { reply, etag } = await call('getNode', { id: scan.ref })
    const now = factsOf(reply)
    if (job.kind === 'look-up') return { kind: 'found', facts: now }
    if (job.kind === 'undo') return await undo(scan, now, etag, around)
    return await putInto(scan, job, now, etag, around)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'not-found') return { kind: 'nobody' }
    if (code === 'identity-conflict') return { kind: 'several', candidates: await candidates(scan.ref) }
    return refusal(error, null)
  }
}

/** Asks for the change without having looked: the server finds the machine by what was scanned, and tells how it was. */
async function atOnce(scan: Scan, job: AtOnce, around: Around): Promise<Outcome> {
  around.note({ isSent: true })
  try {
    return await change(scan, job, around)
  } catch (error) {
    const code = codeOf(error)
    if (code === null || UNSEEN.includes(code)) throw error
    // A refusal does not tell who it is, nor whether it is so already.
    const now = factsOf((await call('getNode', { id: scan.ref })).reply)
    if (!isSo(job, now, around)) return refusal(error, now)
    // The server did it, and lost its own answer, with how it was before, when its database went away.
    return code === 'already-exists' ? { kind: 'done', facts: now, before: null } : { kind: 'already', facts: now }
  }
}

/** Of these there is nothing to see of the machine. */
const UNSEEN: readonly Problem['code'][] = ['unauthenticated', 'forbidden', 'not-found', 'identity-conflict']

async function change({ id: key, ref }: Scan, job: AtOnce, around: Around): Promise<Outcome> {
  switch (job.kind) {
    case 'release':
      return heldBefore((await call('releaseNode', { id: ref, key })).reply, null)
    case 'retry': {
      const { reply } = await call('retryNode', { id: ref, key, body: { from: 'failed-action' } })
      return { kind: 'done', facts: factsOf(reply), before: factsOf(reply) }
    }
    default: {
      const reason = reasonFor(job, around)
      const hold = async () => (await call('holdNode', { id: ref, key, body: { reason } })).reply
      if (job.kind === 'hold') return heldBefore(await hold(), reason)
      try {
        return heldBefore(await hold(), reason)
      } catch (error) {
        if (codeOf(error) !== 'wrong-state') throw error
        // Nothing is held while its run is under way; a machine that leaves the bench takes its run along.
        await call('cancelNode', { id: ref, key: `${key}.cancel` })
        return heldBefore(await hold(), null)
      }
    }
  }
}

/** @param wanted the hold that there was to be: where it stood before, nothing was done; null: something was in any case */
function heldBefore({ before, ...node }: HeldNode, wanted: string | null): Outcome {
  const facts = factsOf(node)
  if (wanted !== null && before.hold === wanted) return { kind: 'already', facts }
  return { kind: 'done', facts, before: { ...facts, hold: before.hold } }
}

/** Puts it into a batch, unless somebody changed it since it was looked at. A PATCH has no Idempotency-Key: that it was done shows in what it did. */
async function putInto(
  scan: Scan,
  job: Extract<Job, { kind: 'assign' }>,
  now: Facts,
  etag: string | null,
  around: Around,
): Promise<Outcome> {
  if (!scan.before) {
    if (isSo(job, now, around)) return { kind: 'already', facts: now }
    around.note({ before: now })
  }
  const before = scan.before ?? now
  if (scan.isSent && isSo(job, now, around)) return { kind: 'done', facts: now, before }
  around.note({ isSent: true })
  try {
    return { kind: 'done', facts: await assign(now.id, job.batch, etag), before }
  } catch (error) {
    if (codeOf(error) === 'precondition-failed') return { kind: 'changed-meanwhile', facts: now }
    return refusal(error, now)
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
/** What needs no look at the machine before. */
type AtOnce = Exclude<Change, { kind: 'assign' }>

const reasonFor = (job: Extract<Job, { kind: 'hold' | 'take-out' }>, { holdReason, outReason }: Around): string =>
  job.kind === 'hold' ? holdReason : outReason(job.why)

/** Whether a machine is as the job wants it. Nothing tells of a retry that it was asked for, but that a run is under way. */
function isSo(job: Change, facts: Facts, around: Around): boolean {
  if (job.kind === 'assign') return facts.batch === job.batch
  if (job.kind === 'retry') return facts.isBusy
  if (job.kind === 'release') return facts.hold === null
  return facts.hold === reasonFor(job, around) && !(job.kind === 'take-out' && facts.isBusy)
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
  if (!before) return { kind: 'changed-meanwhile', facts: now }
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
