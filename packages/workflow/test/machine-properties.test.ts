import type { Attempt, Run } from '@eims/contracts'
import fc from 'fast-check'
import t from 'tap'
import { type RunEvent, step } from '../src/index.ts'
import { LEASE, newRun, SECOND, told } from './runs.ts'

const session = fc.constantFrom('s1', 's2', 's3')
const state = fc.constantFrom('RUNNING' as const, 'SUCCEEDED' as const, 'FAILED' as const)
const from = fc.constantFrom('failed-action' as const, 'start' as const)

/** An honest agent: reports of the newest attempt of the first open action, with the next number. */
const honest = (run: Run, heard: 'RUNNING' | 'SUCCEEDED' | 'FAILED'): RunEvent => {
  const action = run.actions.find((each) => each.state !== 'SUCCEEDED')
  const latest = action?.attempts.at(-1)
  const report = told({
    actionId: action?.definition.id ?? 'a',
    attempt: latest?.number ?? 1,
    seq: (latest?.lastSeq ?? 0) + 1,
    state: heard,
  })
  return { kind: 'report', sessionId: latest?.sessionId ?? 's1', report, lease: LEASE }
}

const strange = fc
  .record({
    sessionId: session,
    actionId: fc.constantFrom('a', 'b', 'c'),
    attempt: fc.integer({ min: 1, max: 6 }),
    seq: fc.integer({ min: 1, max: 12 }),
    state,
  })
  .map(({ sessionId, ...change }): RunEvent => ({ kind: 'report', sessionId, report: told(change), lease: LEASE }))

/** An event, made when its turn comes, from the run as it is then. */
const event: fc.Arbitrary<(run: Run) => RunEvent> = fc.oneof(
  { weight: 4, arbitrary: session.map((sessionId) => () => ({ kind: 'next' as const, sessionId, lease: LEASE })) },
  { weight: 6, arbitrary: state.map((heard) => (run: Run) => honest(run, heard)) },
  { weight: 4, arbitrary: strange.map((each) => () => each) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(0, 1000 * SECOND)
      .map((since) => () => ({ kind: 'tick' as const, listeningSince: since })),
  },
  {
    weight: 1,
    arbitrary: fc.constant(() => ({
      kind: 'cancel' as const,
      reason: { code: 'cancelled' as const, slots: { by: 'x' } },
    })),
  },
  { weight: 1, arbitrary: from.map((where) => () => ({ kind: 'retry' as const, from: where })) },
)
const history = fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), event), { maxLength: 60 })
const start = fc.constantFrom(newRun(['a', 'b', 'c']), newRun(['a', 'b', 'c'], ['b']))

const OVER = new Set(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED'])
const attempts = (run: Run): Attempt[] => run.actions.flatMap((action) => action.attempts)

type Check = (before: Run, event: RunEvent, after: Run) => boolean

/** Whether `check` holds at every step of one history. */
function holds(first: Run, events: [number, (run: Run) => RunEvent][], check: Check): boolean {
  let run = first
  let now = 0
  return events.every(([seconds, make]) => {
    now += seconds * SECOND
    const before = run
    const each = make(before)
    run = step(before, each, now).run
    return check(before, each, run)
  })
}

/** Holds `check` against random histories. */
function always(check: Check): void {
  fc.assert(
    fc.property(start, history, (first, events) => holds(first, events, check)),
    { numRuns: 1500 },
  )
}

await t.test('never two attempts run at once, and one runs only in a running action of a running run', async () => {
  always((_before, _event, run) => {
    const running = run.actions.filter((action) => action.attempts.some((attempt) => attempt.state === 'RUNNING'))
    const count = attempts(run).filter((attempt) => attempt.state === 'RUNNING').length
    return count <= 1 && running.every((action) => action.state === 'RUNNING' && run.state === 'RUNNING')
  })
})

await t.test('a run that is over changes by nothing but a retry, and a success not even by that', async () => {
  always(
    (before, { kind }, run) =>
      !OVER.has(before.state) || run === before || (kind === 'retry' && before.state !== 'SUCCEEDED'),
  )
})

await t.test('an action that succeeded is done again only after a retry from the start', async () => {
  always((before, each, run) =>
    before.actions.every(
      (action, index) =>
        action.state !== 'SUCCEEDED' ||
        run.actions[index]?.state === 'SUCCEEDED' ||
        (each.kind === 'retry' && each.from === 'start'),
    ),
  )
})

await t.test('attempts only grow in number, keep theirs, and their reports only count up', async () => {
  always((before, _event, run) =>
    before.actions.every((action, index) => {
      const now = run.actions[index]?.attempts ?? []
      return (
        now.every((attempt, at) => attempt.number === at + 1) &&
        action.attempts.every((attempt, at) => {
          const later = now[at]
          return later?.sessionId === attempt.sessionId && later.lastSeq >= attempt.lastSeq
        })
      )
    }),
  )
})

await t.test('actions are done in order', async () => {
  always((_before, _event, run) => {
    const firstOpen = run.actions.findIndex((action) => action.state !== 'SUCCEEDED')
    return firstOpen < 0 || run.actions.slice(firstOpen + 1).every((action) => action.state === 'PENDING')
  })
})

await t.test('what comes in is left as it is', async () => {
  fc.assert(
    fc.property(start, history, (first, events) => {
      let copy = structuredClone(first)
      return holds(first, events, (before, _event, after) => {
        const untouched = JSON.stringify(before) === JSON.stringify(copy)
        copy = structuredClone(after)
        return untouched
      })
    }),
  )
})

await t.test('random histories reach every state, so the properties above say something', async (t) => {
  const seen = new Set<string>()
  for (const [first, events] of fc.sample(fc.tuple(start, history), { numRuns: 2000, seed: 1 }))
    holds(first, events, (_before, _event, run) => {
      seen.add(run.state)
      for (const attempt of attempts(run)) seen.add(`attempt ${attempt.state}`)
      return true
    })
  for (const each of [...OVER, 'PENDING', 'RUNNING', 'attempt LOST', 'attempt CANCELLED', 'attempt TIMED_OUT'])
    t.ok(seen.has(each), each)
})
