import { useTitleOf } from './answer.tsx'
import { useJobName } from './mode.tsx'
import type { QueueState } from './queue.ts'
import type { Scan } from './scan.ts'
import { useSpeaking } from './speaking.tsx'
import { forms, toneOf } from './told.ts'

const SHOWN = 10

/** The last scans with what became of them, the newest first; those that wait are never left out of the count. */
export function Recent({ queue }: { queue: QueueState }) {
  const { own } = useSpeaking()
  const mine = queue.scans.filter(({ by }) => by === queue.by)
  const waiting = mine.filter(({ outcome }) => outcome === null).length
  return (
    <section className="recent" aria-labelledby="recent">
      <header>
        <h2 id="recent">{own.lastTen}</h2>
        {waiting > 0 ? <span className="recent-waiting">{own.waiting(String(waiting))}</span> : null}
      </header>
      {mine.length === 0 ? <p className="dim">{own.noScans}</p> : null}
      <ol>
        {mine
          .slice(-SHOWN)
          .toReversed()
          .map((scan) => (
            <Row key={scan.id} scan={scan} isAnswered={queue.isAnswered} />
          ))}
      </ol>
    </section>
  )
}

function Row({ scan, isAnswered }: { scan: Scan; isAnswered: boolean }) {
  const { language } = useSpeaking()
  const title = useTitleOf()
  const jobName = useJobName()
  const { outcome, code, job, at } = scan
  const tone = toneOf(scan, isAnswered)
  const facts = outcome && 'facts' in outcome ? outcome.facts : null
  return (
    <li className={tone} data-tone={tone}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={forms[tone]} />
      </svg>
      <span className="recent-who">
        <b>{facts?.name ?? code}</b>
        <span className="dim">{job.kind === 'look-up' ? (facts ? code : '') : jobName(job)}</span>
      </span>
      <span className="recent-what">
        <b>{title(scan, isAnswered)}</b>
        <time className="dim number" dateTime={new Date(at).toISOString()}>
          {new Date(at).toLocaleTimeString(language, { hourCycle: 'h23' })}
        </time>
      </span>
    </li>
  )
}
