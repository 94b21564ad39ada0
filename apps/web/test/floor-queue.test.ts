import { until } from '@eims/lab'
import t from 'tap'
import { Bench, byCode, lastKnown, MOST_SILENCE } from '../src/floor/bench.ts'
import { LOOK_UP } from '../src/floor/code.ts'
import { MOST_WAITING, type Rim, ScanQueue } from '../src/floor/queue.ts'
import type { Facts, Outcome, Scan } from '../src/floor/scan.ts'
import { soundOf, toneOf } from '../src/floor/told.ts'

// One promise: a scan is kept until it is answered, in the order in which they came, and a command ends by itself.

class Silent extends Error {}

const facts = (name: string): Facts => ({
  id: `id-${name}`,
  name,
  serial: name.toUpperCase(),
  mac: null,
  manufacturer: null,
  product: null,
  batch: null,
  standing: 'running',
  reason: { code: 'registered', slots: {}, text: 'registered' },
  hold: null,
  isBusy: false,
  at: 0,
})

const done = ({ ref }: Scan): Outcome => ({ kind: 'done', facts: facts(ref), before: facts(ref) })

/** A queue whose server answers as `server` says, and what it kept. */
function aQueue(server: (scan: Scan) => Outcome | Promise<Outcome>, kept: string | null = null) {
  const disk = { kept }
  const sent: string[] = []
  let id = 0
  const rim: Rim = {
    kept: () => disk.kept,
    keep: (text) => {
      disk.kept = text
    },
    carryOut: async (scan, note) => {
      sent.push(scan.ref)
      note({ isSent: true })
      return server(scan)
    },
    isUnanswered: (error) => error instanceof Silent,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    newId: () => `scan-${++id}`,
    now: () => id,
  }
  const queue = new ScanQueue(rim)
  return { queue, disk, sent }
}

const idle = (queue: ScanQueue) => until(() => queue.waiting().length === 0)
const add = (queue: ScanQueue, ref: string) => queue.add({ code: ref, ref, job: { kind: 'hold' } })

await t.test('in order, each until it is answered, also by the next load', async (t) => {
  let isThere = false
  const server = (scan: Scan) => {
    if (!isThere) throw new Silent()
    return done(scan)
  }
  const first = aQueue(server)
  first.queue.worksFor('marta')
  for (const ref of ['a', 'b', 'c']) add(first.queue, ref)
  await until(() => !first.queue.state().isAnswered && first.sent.length > 3)
  t.strictSame([...new Set(first.sent)], ['a'], 'none before the one before it')
  const second = aQueue(server, first.disk.kept)
  t.strictSame(
    second.queue.state().scans.map(({ id, ref }) => [id, ref]),
    [
      ['scan-1', 'a'],
      ['scan-2', 'b'],
      ['scan-3', 'c'],
    ],
    'with the same Idempotency-Keys',
  )
  t.strictSame(second.sent, [], 'nothing before somebody signs in')
  isThere = true
  second.queue.worksFor('marta')
  await idle(second.queue)
  t.strictSame(second.sent, ['a', 'b', 'c'])
  t.ok(second.queue.state().isAnswered)
  for (const broken of ['', '{', '{"format":2,"scans":[]}', 'null'])
    t.strictSame(aQueue(server, broken).queue.state().scans, [])
})

await t.test('nobody sends what another one scanned', async (t) => {
  const left = aQueue(() => {
    throw new Error('nobody is signed in')
  })
  left.queue.worksFor('marta')
  add(left.queue, 'a')
  await until(() => left.queue.state().by === null)
  t.equal(add(left.queue, 'b'), null, 'nor is anything taken without a key')
  const found = aQueue(done, left.disk.kept)
  found.queue.worksFor('otto')
  add(found.queue, 'c')
  await idle(found.queue)
  t.strictSame(found.sent, ['c'])
  found.queue.dropForeign()
  t.strictSame(
    found.queue.state().scans.map(({ ref }) => ref),
    ['c'],
  )
})

await t.test('bounds', async (t) => {
  let isThere = false
  const { queue } = aQueue((scan) => {
    if (!isThere) throw new Silent()
    return done(scan)
  })
  queue.worksFor('marta')
  for (let each = 0; each < MOST_WAITING; each++) t.ok(add(queue, `m${each}`))
  t.equal(add(queue, 'one-more'), null)
  isThere = true
  await idle(queue)
  const { scans } = queue.state()
  t.equal(scans.length, 60)
  t.equal(scans.at(-1)?.ref, `m${MOST_WAITING - 1}`)
})

await t.test('undo', async (t) => {
  let isThere = true
  const { queue, sent } = aQueue((scan) => {
    if (!isThere) throw new Silent()
    return scan.job.kind === 'undo' ? { kind: 'undone', facts: facts('x') } : done(scan)
  })
  queue.worksFor('marta')
  t.equal(queue.undo('u'), null)
  queue.add({ code: 'look', ref: 'look', job: LOOK_UP })
  t.equal(queue.undo('u'), null, 'looking changes nothing')
  add(queue, 'a')
  add(queue, 'b')
  await idle(queue)
  for (const undone of ['scan-3', 'scan-2']) {
    queue.undo('u')
    t.strictSame(queue.state().scans.at(-1)?.job, { kind: 'undo', of: undone })
  }
  t.equal(queue.undo('u'), null)
  await idle(queue)
  isThere = false
  add(queue, 'c')
  add(queue, 'd')
  await until(() => !queue.state().isAnswered)
  sent.length = 0
  queue.undo('u')
  t.strictSame(queue.state().scans.find(({ ref }) => ref === 'd')?.outcome, { kind: 'dropped' })
  queue.undo('u')
  t.match(queue.state().scans.at(-1)?.job, { kind: 'undo' }, 'the one on its way may have arrived')
  isThere = true
  await idle(queue)
  t.notOk(sent.includes('d'))
})

await t.test(
  'a command ends when nothing is scanned, and a batch that nobody knows puts nothing anywhere',
  async (t) => {
    const { queue } = aQueue(done)
    let now = 0
    let timer: (() => void) | null = null
    let names = byCode([])
    const bench = new Bench(queue, {
      now: () => now,
      after: (_, then) => {
        timer = then
        return () => {
          timer = null
        }
      },
      batches: async () => ({ names, isAnswered: true }),
    })
    bench.signedIn({ name: 'marta', role: 'operator', endsAt: null })
    bench.take('EIMS.HOLD')
    t.match(bench.state(), { job: { kind: 'hold' }, endsAt: MOST_SILENCE, shown: { note: 'mode' } })
    now += MOST_SILENCE - 1
    bench.take('a')
    t.match(queue.state().scans.at(-1), { ref: 'a', job: { kind: 'hold' } })
    t.equal(bench.state().endsAt, now + MOST_SILENCE, 'a scan begins the silence anew')
    now += MOST_SILENCE
    bench.take('b')
    t.match(queue.state().scans.at(-1), { ref: 'b', job: LOOK_UP }, 'though the timer of a hidden tab is late')
    bench.take('EIMS.RELEASE')
    timer!()
    t.match(bench.state(), { job: LOOK_UP, endsAt: null, shown: { note: 'mode-over' } })

    const id = '019a7c2e-5f10-7b3c-9d21-0a1b2c3d4e5f'
    bench.take('EIMS.HOLD')
    bench.take('EIMS.BATCH.1B2C3D4E5F')
    t.match(bench.state(), { job: LOOK_UP, shown: { note: 'asking-batch' } })
    await until(
      () => bench.state().shown.kind === 'note' && (bench.state().shown as { note: string }).note === 'no-batch',
    )
    names = byCode([{ id, name: 'lot-7' }])
    bench.take('EIMS.BATCH.1B2C3D4E5F')
    await until(() => bench.state().job.kind === 'assign')
    t.match(bench.state(), { job: { batch: 'lot-7' }, shown: { note: 'mode' } })
    bench.signedIn({ name: 'vera', role: 'viewer', endsAt: null })
    bench.take('EIMS.UNDO')
    t.match(bench.state(), { job: LOOK_UP, shown: { note: 'only-look' } })
    bench.signedIn(null)
    t.match(bench.state(), { session: null, shown: { kind: 'ready' } })
  },
)

await t.test('tones, sounds, and what was known last', (t) => {
  const scan = (outcome: Outcome | null): Scan => ({
    id: 's',
    code: 'x',
    ref: 'x',
    at: 0,
    by: 'marta',
    job: LOOK_UP,
    before: null,
    isSent: false,
    outcome,
  })
  t.equal(toneOf(scan(null), true), 'asking')
  t.equal(toneOf(scan(null), false), 'kept')
  t.equal(toneOf(scan({ kind: 'found', facts: { ...facts('x'), standing: 'held' } }), true), 'held')
  t.equal(toneOf(scan({ kind: 'nobody' }), true), 'wrong')
  const heard = (outcome: Outcome | null, isAnswered = true) =>
    soundOf({ kind: 'scan', id: 's', turn: 1 }, { scans: [scan(outcome)], isAnswered, by: 'marta' })
  t.strictSame(
    [heard(null), heard(null, false), heard({ kind: 'nobody' }), heard({ kind: 'found', facts: facts('x') })],
    [null, 'kept', 'bad', 'good'],
  )
  t.equal(soundOf({ kind: 'ready' }, { scans: [], isAnswered: true, by: null }), null)
  const known = [scan({ kind: 'found', facts: facts('edge-1') }), scan({ kind: 'nobody' })]
  for (const ref of ['edge-1', 'EDGE-1', 'id-edge-1']) t.equal(lastKnown(known, ref)?.name, 'edge-1', ref)
  t.equal(lastKnown(known, 'edge-2'), null)
  t.end()
})
