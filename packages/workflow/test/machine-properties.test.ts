import type { Action, Attempt, Run } from '@eims/contracts'
import fc from 'fast-check'
import t from 'tap'
import { type Answer, type RunEvent, step } from '../src/index.ts'
import { forPerson, LEASE, newRun, runWith, SECOND, told } from './runs.ts'

const session = fc.constantFrom('s1', 's2', 's3')
const state = fc.constantFrom('RUNNING' as const, 'SUCCEEDED' as const, 'FAILED' as const)
const from = fc.constantFrom('failed-action' as const, 'start' as const, { action: 'b' }, { action: 'after-b' })

/** An honest agent: reports of the newest attempt of the action that runs, or of the first open one, with the next number. */
const honest = (run: Run, heard: 'RUNNING' | 'SUCCEEDED' | 'FAILED'): RunEvent => {
  const action =
    run.actions.find((each) => each.attempts.at(-1)?.state === 'RUNNING') ??
    run.actions.find((each) => each.state !== 'SUCCEEDED')
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
    actionId: fc.constantFrom('a', 'b', 'c', 'after-b'),
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
  { weight: 1, arbitrary: fc.constant(() => ({ kind: 'pause' as const, by: 'x' })) },
  { weight: 2, arbitrary: fc.constant(() => ({ kind: 'resume' as const, by: 'x' })) },
)
const history = fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), event), { maxLength: 60, size: 'max' })
const plain = [newRun(['a', 'b', 'c']), newRun(['a', 'b', 'c'], ['b'])]
/** Plans with all that a plan may say of its failures and limits. */
const after = (action: string, on: 'failure' | 'timeout'): Partial<Action> => ({ after: { action, on } })
const rich = [
  runWith({ a: { retries: 2, backoff: 30 }, b: { repeatable: false }, 'after-b': after('b', 'failure'), c: {} }),
  runWith({
    a: { timeout: 0 },
    p: forPerson,
    b: { retries: 1 },
    'after-b': after('b', 'timeout'),
    c: after('b', 'failure'),
  }),
  runWith({
    a: { retries: 5, backoff: 30, within: 300 },
    b: { retries: 5, within: 200 },
    'after-b': after('b', 'timeout'),
  }),
  runWith({ b: {}, 'after-b': { ...after('b', 'failure'), retries: 1 }, c: after('after-b', 'failure'), a: {} }, 900),
]
const start = fc.constantFrom(...plain, ...rich)
/** Histories of each property; many more by EIMS_MODEL_RUNS. */
const numRuns = Number(process.env.EIMS_MODEL_RUNS ?? 5000)

const OVER = new Set(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED'])
const attempts = (run: Run): Attempt[] => run.actions.flatMap((action) => action.attempts)

type Check = (before: Run, event: RunEvent, after: Run, more: { now: number; answer: Answer }) => boolean

/** Whether `check` holds at every step of one history. */
function holds(first: Run, events: [number, (run: Run) => RunEvent][], check: Check): boolean {
  let run = first
  let now = 0
  return events.every(([seconds, make]) => {
    now += seconds * SECOND
    const before = run
    const each = make(before)
    const { run: made, answer } = step(before, each, now)
    run = made
    return check(before, each, run, { now, answer })
  })
}

/** Holds `check` against random histories. */
function always(check: Check, first = start): void {
  fc.assert(
    fc.property(first, history, (run, events) => holds(run, events, check)),
    { numRuns },
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

await t.test('an action that succeeded is done again only after a retry from the start, or by name', async () => {
  always((before, each, run) =>
    before.actions.every(
      (action, index) =>
        action.state !== 'SUCCEEDED' ||
        run.actions[index]?.state === 'SUCCEEDED' ||
        (each.kind === 'retry' && each.from !== 'failed-action') ||
        // what came after a failure comes again with it
        (each.kind === 'retry' && action.definition.after !== undefined),
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
          const isOver = !['RUNNING', 'LOST'].includes(attempt.state)
          return (
            later?.sessionId === attempt.sessionId &&
            later.lastSeq >= attempt.lastSeq &&
            (!isOver || later.state === attempt.state)
          )
        })
      )
    }),
  )
})

await t.test('actions are done in order', async () => {
  always(
    (_before, _event, run) => {
      const firstOpen = run.actions.findIndex((action) => action.state !== 'SUCCEEDED')
      return firstOpen < 0 || run.actions.slice(firstOpen + 1).every((action) => action.state === 'PENDING')
    },
    fc.constantFrom(...plain),
  )
})

/** The attempt that a step began, and its action. */
function begun(before: Run, run: Run) {
  const index = run.actions.findIndex(({ attempts }, at) => attempts.length > before.actions[at]!.attempts.length)
  const action = run.actions[index]
  return action ? { action, earlier: action.attempts.slice(action.earlier, -1) } : null
}
const isBad = ({ state }: Attempt) => state === 'FAILED' || state === 'TIMED_OUT'

await t.test('an action with a condition begins only when its cause has come', async () => {
  always(
    (before, _event, run) => {
      const { after } = begun(before, run)?.action.definition ?? {}
      const cause = run.actions.find(({ definition }) => definition.id === after?.action)
      return !after || cause?.state === (after.on === 'failure' ? 'FAILED' : 'TIMED_OUT')
    },
    fc.constantFrom(...rich),
  )
})

await t.test('without such a cause nothing begins once an action has failed for good', async () => {
  always(
    (before, _event, run) => {
      const ordinary = run.actions.filter(({ definition }) => !definition.after)
      const failed = ordinary.some(({ state }) => state === 'FAILED' || state === 'TIMED_OUT')
      return !failed || begun(before, run)?.action.definition.after !== undefined || !begun(before, run)
    },
    fc.constantFrom(...rich),
  )
})

await t.test('a run that an action failed ends badly, with the first reason', async () => {
  always((before, { kind }, run) => {
    if (kind === 'retry' || kind === 'cancel' || before.reason === null) return true
    return run.reason === before.reason && ['RUNNING', 'FAILED', 'TIMED_OUT', 'CANCELLED'].includes(run.state)
  })
})

await t.test('an action that failed for good is done again only after a retry', async () => {
  always((before, { kind }, run) =>
    before.actions.every(
      ({ state }, index) =>
        (state !== 'FAILED' && state !== 'TIMED_OUT') || kind === 'retry' || run.actions[index]?.state === state,
    ),
  )
})

await t.test('an action is tried as often as it may, each time when its back-off is over', async () => {
  always(
    (before, _event, run, { now }) => {
      const { action, earlier } = begun(before, run) ?? {}
      if (!action || !earlier) return true
      const bad = earlier.filter(isBad).length
      const { retries = 0, backoff = 0 } = action.definition
      const last = earlier.at(-1)
      const pause = last && isBad(last) ? backoff * 2 ** (bad - 1) * SECOND : 0
      return bad <= retries && now - (last?.endedAt ?? now) >= pause
    },
    fc.constantFrom(...rich),
  )
})

await t.test(
  'no attempt begins when the time of all of them is up, and none goes on that is heard of then',
  async () => {
    always(
      (before, { kind }, run, { now }) => {
        const { action } = begun(before, run) ?? {}
        const isUp = (due: number | null | undefined) => due != null && now > due
        if (action && before.actions.some(({ definition, dueAt }) => definition === action.definition && isUp(dueAt)))
          return false
        const open = run.actions.filter(({ state, dueAt }) => state === 'RUNNING' && isUp(dueAt))
        return kind !== 'tick' || run.pause !== null || open.every(({ attempts }) => attempts.at(-1)!.leaseUntil <= now)
      },
      fc.constantFrom(...rich),
    )
  },
)

await t.test('while a run stands still nothing begins and no time runs out', async () => {
  always((before, { kind }, run) => {
    if (!before.pause) return true
    return !begun(before, run) && (kind !== 'tick' || run === before)
  })
})

await t.test('a report that was accepted is on record', async () => {
  always((_before, event, run, { answer }) => {
    if (event.kind !== 'report' || answer.kind !== 'accepted' || !answer.fresh || answer.cancelled) return true
    const { actionId, attempt: number, seq, state: heard } = event.report
    const attempt = run.actions
      .find(({ definition }) => definition.id === actionId)
      ?.attempts.find((each) => each.number === number)
    return attempt?.lastSeq === seq && attempt.state === heard
  })
})

await t.test('a run whose time is up begins nothing more', async () => {
  always((before, { kind }, run, { now }) => {
    const isUp = !before.pause && before.dueAt !== null && now > before.dueAt && !OVER.has(before.state)
    return !isUp || kind !== 'next' || run.state === 'TIMED_OUT'
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
      if (run.actions.some(({ definition, attempts }) => definition.after && attempts.length > 0)) seen.add('after')
      if (run.actions.some(({ definition, state }) => definition.timeout === 0 && state === 'SUCCEEDED'))
        seen.add('person')
      if (run.actions.some(({ attempts }) => attempts.slice(0, 3).filter(isBad).length === 2)) seen.add('third attempt')
      if (run.reason?.code === 'run-timed-out') seen.add('time is up')
      if (run.actions.some(({ state, attempts }) => state === 'TIMED_OUT' && attempts.at(-1)?.state === 'FAILED'))
        seen.add('time of all is up')
      if (run.state === 'RUNNING' && run.reason) seen.add('fails while it runs')
      return true
    })
  for (const each of [...OVER, 'PENDING', 'RUNNING', 'attempt LOST', 'attempt CANCELLED', 'attempt TIMED_OUT'])
    t.ok(seen.has(each), each)
  for (const each of ['after', 'person', 'third attempt', 'time is up', 'time of all is up', 'fails while it runs'])
    t.ok(seen.has(each), each)
})
