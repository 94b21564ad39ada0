import type { Run } from '@eims/contracts'
import { Counter, Histogram } from 'prom-client'

/** What ended on this server since it started: the attempts of actions with their durations, and runs. */
export class RunTally {
  readonly actions = new Histogram({
    name: 'eims_action_duration_seconds',
    help: 'How long attempts of actions took that this server saw end, by builtin and how they ended',
    labelNames: ['action', 'outcome'],
    buckets: [1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600],
    registers: [],
  })
  readonly runs = new Counter({
    name: 'eims_runs_ended_total',
    help: 'Runs that this server saw end, by how they ended',
    labelNames: ['outcome'],
    registers: [],
  })

  /** What a change made of a run. To be told once that is committed: what is rolled back did not happen. */
  note(before: Run | null, after: Run): void {
    if (after.endedAt !== null && before?.endedAt === null) this.runs.inc({ outcome: after.state.toLowerCase() })
    for (const [index, { definition, attempts }] of after.actions.entries()) {
      const { uses } = definition
      const action = uses.kind === 'builtin' ? uses.builtin : uses.kind
      for (const { number, state, startedAt, endedAt } of attempts) {
        const was = before?.actions[index]?.attempts.find((attempt) => attempt.number === number)
        if (was?.state === 'RUNNING' && endedAt !== null)
          this.actions.observe({ action, outcome: state.toLowerCase() }, Math.max(0, endedAt - startedAt) / 1000)
      }
    }
  }
}
