import type { Run } from '@eims/contracts'
import t from 'tap'
import { keepLines, type LogLimits } from '../src/index.ts'
import { LINE_BYTES } from '../src/runs/log-room.ts'

// Promise: of what an attempt says the first and the last lines are kept, whatever it says, within bounds.

const size = LINE_BYTES + 8
/** Room in lines of 8 bytes. */
const limits: LogLimits = {
  head: 10 * size,
  tail: 6 * size,
  report: 2 * size,
  run: { registered: 25 * size, unregistered: 15 * size },
  least: 3 * size,
}

type Log = { bytes: number; tail: number }
const line = (number: number) => ({
  nodeId: 'n',
  runId: 'r',
  actionId: 'a',
  attempt: 1,
  at: '2026-11-20T10:00:00.000Z',
  stream: 'stdout' as const,
  text: String(number).padStart(8, '0'),
})
const lines = (from: number, count: number) => Array.from({ length: count }, (_, index) => line(from + index))

/** A run with one action and its attempts, each with what it has said. */
const runWith = (...logs: (Log | undefined)[]): Run =>
  ({
    actions: [{ definition: { id: 'a' }, attempts: logs.map((log, index) => ({ number: index + 1, log })) }],
  }) as unknown as Run

const told = (kept: ReturnType<typeof keepLines>) =>
  kept.lines.map(({ text, gap }) => (gap ? `-${gap.dropped}` : String(Number(text))))

const keep = (from: number, count: number, log?: Log, more: { ends?: boolean; registered?: boolean } = {}) =>
  keepLines(lines(from, count), { run: runWith(log), ends: false, registered: true, ...more }, limits)

void t.test('the first lines, as long as there is room', (t) => {
  t.match(keep(0, 10), { log: { bytes: 10 * size, tail: 0 } })
  t.strictSame(told(keep(0, 3)), ['0', '1', '2'])
  t.strictSame(keep(0, 0).lines, [])
  t.end()
})

void t.test('then the last of each report, and how many are missing', (t) => {
  const kept = keep(0, 20)
  t.strictSame(told(kept), '0 1 2 3 4 5 6 7 8 9 -8 18 19'.split(' '))
  t.strictSame(kept.log, { bytes: 12 * size, tail: 2 * size })
  t.strictSame(told(keep(20, 5, kept.log)), ['-3', '23', '24'])
  t.strictSame(
    told(keep(20, 9, kept.log, { ends: true })),
    ['-3', '23', '24', '25', '26', '27', '28'],
    'of its last one more',
  )
  const long = keepLines(
    [{ ...line(1), text: 'x'.repeat(4096) }],
    { run: runWith(kept.log), ends: false, registered: true },
    limits,
  )
  t.equal(long.lines.length, 2, 'the very last line is kept, however long')
  t.end()
})

void t.test('the last ones take the place of earlier ones', (t) => {
  t.equal(keep(0, 2, { bytes: 20 * size, tail: 10 * size }).lines[0]?.gap?.keep, null, 'not at every report')
  const kept = keep(0, 2, { bytes: 21 * size, tail: 11 * size })
  t.equal(kept.lines[0]?.gap?.keep, 4 * size, 'with these two as many as there may be')
  t.strictSame(kept.log, { bytes: 16 * size, tail: 6 * size })
  t.end()
})

void t.test('a run has its own bound, the smaller one where nobody registered the machine', (t) => {
  const full = { bytes: 12 * size, tail: 2 * size }
  const second = (registered: boolean) =>
    told(
      keepLines(
        lines(0, 8).map((each) => ({ ...each, attempt: 2 })),
        { run: runWith(full, undefined), ends: true, registered },
        limits,
      ),
    )
  t.strictSame(second(true), '0 1 2 3 4 5 6 7'.split(' '))
  t.strictSame(second(false), ['0', '1', '2', '-0', '3', '4', '5', '6', '7'])
  t.end()
})

void t.test('whatever is said, what is kept is bounded', (t) => {
  let log: Log | undefined
  for (let report = 0; report < 500; report++) {
    log = keep(report * 7, report % 9, log, { ends: report % 50 === 0 }).log
    t.ok(log.bytes <= limits.head + 2 * limits.tail, `${report}: ${log.bytes}`)
  }
  t.end()
})
