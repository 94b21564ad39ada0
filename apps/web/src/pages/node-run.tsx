import type { RunSummary } from '@eims/contracts'
import { Card } from '../shown/card.tsx'
import { useNow } from '../shown/figures.ts'
import { useSpeaking } from '../shown/language.tsx'
import { StandingMark } from '../shown/standing.tsx'
import { stretch } from '../shown/stretch.ts'
import { Clock } from '../shown/time.tsx'
import { sentenceOf } from '../words/sentence.ts'

const marks = {
  PENDING: 'waiting',
  RUNNING: 'working',
  SUCCEEDED: 'running',
  FAILED: 'failed',
  TIMED_OUT: 'failed',
  CANCELLED: 'held',
} as const

const markOf = (state: string) => marks[state as keyof typeof marks] ?? 'waiting'

/** The newest run, action by action. */
export function NodeRun({ run }: { run: RunSummary | null }) {
  const { words, language } = useSpeaking()
  const now = useNow(1000)
  if (run === null)
    return (
      <Card title={words.run}>
        <p className="dim">{words.noRun}</p>
      </Card>
    )
  const took = (from: string | null, to: string | null) =>
    from === null ? '' : stretch(Math.max(0, (to === null ? now : Date.parse(to)) - Date.parse(from)) / 1000)
  return (
    <Card
      title={words.run}
      side={
        <span className="dim small">
          <Clock at={run.createdAt} />
          {run.startedAt === null ? null : `, ${took(run.startedAt, run.endedAt)}`}
        </span>
      }
    >
      <ol className="run">
        {run.actions.map(({ id, name, state, attempts, progress, reason, startedAt, endedAt }) => (
          <li key={id} className={state.toLowerCase()}>
            <StandingMark standing={markOf(state)} />
            <span className="action-name">
              {name}
              {attempts > 1 ? <span className="dim small"> {words.attempt(attempts)}</span> : null}
            </span>
            {state === 'RUNNING' ? (
              <progress
                max={100}
                value={progress === null ? undefined : Math.round(progress * 100)}
                aria-label={name}
              />
            ) : (
              <span />
            )}
            <span className="number dim">
              {state === 'RUNNING' && progress !== null ? `${Math.round(progress * 100)} %` : took(startedAt, endedAt)}
            </span>
            {reason !== null && state !== 'SUCCEEDED' ? (
              <p className="run-reason">{sentenceOf(reason, language)}</p>
            ) : null}
          </li>
        ))}
      </ol>
    </Card>
  )
}
