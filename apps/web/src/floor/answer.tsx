import type { ReactNode } from 'react'
import { addressOfNode, addressOfWhy } from '../addresses.ts'
import { nextStepFor } from '../words/next-steps.ts'
import { lastKnown, type Shown } from './bench.ts'
import { isPerhapsMistyped, type Job } from './code.ts'
import { useJobName } from './mode.tsx'
import type { QueueState } from './queue.ts'
import type { Facts, Outcome, Scan } from './scan.ts'
import { useSpeaking } from './speaking.tsx'
import { forms, jobForms, type Tone, toneOf, toneOfNote } from './told.ts'

/** What was scanned last, in colour, with a symbol, in words. */
export function Answer({ shown, queue, job }: { shown: Shown; queue: QueueState; job: Job }) {
  const { own } = useSpeaking()
  const name = useJobName()
  if (shown.kind === 'scan') {
    const scan = queue.scans.find(({ id }) => id === shown.id)
    if (scan) return <OfScan scan={scan} queue={queue} />
  }
  if (shown.kind === 'note') {
    const { note, code } = shown
    const [title, help] = note === 'mode' ? [name(job), own.jobHelp[job.kind]] : own.notes[note]
    return (
      <Filled tone={toneOfNote(note)} job={job} title={title} who={note === 'mode' ? null : <Code text={code} />}>
        <p className="answer-lead">{help}</p>
      </Filled>
    )
  }
  return (
    <Filled tone="ready" title={own.ready}>
      <p className="answer-lead">{own.readyHelp}</p>
    </Filled>
  )
}

interface Parts {
  tone: Tone
  /** whose colour a command has */
  job?: Job
  title: string
  who?: ReactNode
  children?: ReactNode
}

function Filled({ tone, job, title, who, children }: Parts) {
  return (
    <section
      className={`answer ${tone} ${tone === 'mode' && job ? job.kind : ''}`}
      data-tone={tone}
      role="status"
      aria-live="assertive"
    >
      <header>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d={tone === 'mode' && job ? jobForms[job.kind] : forms[tone]} />
        </svg>
        <div>
          <h2>{title}</h2>
          {who}
        </div>
      </header>
      {children}
    </section>
  )
}

const Code = ({ text }: { text: string }) => (text === '' ? null : <p className="mono answer-code">{text}</p>)

function OfScan({ scan, queue: { scans, isAnswered } }: { scan: Scan; queue: QueueState }) {
  const title = useTitleOf()(scan, isAnswered)
  const { own } = useSpeaking()
  const { before, code, outcome, ref } = scan
  // Who it is shows before what was asked for is done, where that is known.
  const known = before ?? lastKnown(scans, ref)
  const facts = outcome ? ('facts' in outcome ? outcome.facts : null) : known
  const isTold = outcome !== null || before !== null || !isAnswered
  return (
    <Filled tone={toneOf(scan, isAnswered)} title={title} who={facts ? <Name facts={facts} /> : <Code text={code} />}>
      {outcome === null && !isAnswered ? <p className="answer-lead">{own.keptHelp}</p> : null}
      {outcome ? <Told scan={scan} outcome={outcome} /> : null}
      {facts && isTold ? <OfMachine facts={facts} title={title} isOld={!isAnswered} /> : null}
    </Filled>
  )
}

const Name = ({ facts }: { facts: Facts }) => (
  <p className="answer-name">
    <a href={addressOfNode(facts.id)} target="_blank" rel="noreferrer">
      {facts.name}
    </a>
  </p>
)

/** What a scan's answer is headed by. */
export function useTitleOf(): (scan: Scan, isAnswered: boolean) => string {
  const { own, words } = useSpeaking()
  return ({ outcome, job }, isAnswered) => {
    if (outcome === null) return isAnswered ? own.asking : own.kept
    switch (outcome.kind) {
      case 'found':
        return words.standing[outcome.facts.standing]
      case 'done':
        if (job.kind === 'assign') return own.done.assign(job.batch)
        return job.kind === 'undo' || job.kind === 'look-up' ? own.undone : own.done[job.kind]
      case 'changed-meanwhile':
        return own.changedMeanwhile
      default:
        return own[outcome.kind]
    }
  }
}

/** What became of it besides the machine: what to do where it did not go as it was meant. */
function Told({ scan, outcome }: { scan: Scan; outcome: Outcome }) {
  const { own, words, reasonIn } = useSpeaking()
  switch (outcome.kind) {
    case 'nobody':
      return (
        <div className="answer-lead">
          <p>{isPerhapsMistyped(scan.code) ? own.mistyped : own.nobodyHelp}</p>
          <p>
            <a href={addressOfWhy(scan.ref)} target="_blank" rel="noreferrer">
              {own.nobodyAsk}
            </a>
          </p>
        </div>
      )
    case 'several':
      return (
        <div className="answer-lead">
          <p>{own.severalHelp}</p>
          <ul className="candidates">
            {outcome.candidates.map(({ name, manufacturer, product }) => (
              <li key={name}>
                <b>{name}</b> {[manufacturer, product].filter(Boolean).join(' ')}
              </li>
            ))}
          </ul>
        </div>
      )
    case 'refused': {
      const step = outcome.reason ? nextStepFor(outcome.reason) : 'nothing'
      const [onlyLook] = own.notes['only-look']
      const why = outcome.code === 'forbidden' ? onlyLook : outcome.text
      return (
        <div className="answer-lead">
          <p>{outcome.reason ? reasonIn(outcome.reason) : why}</p>
          <p>{step === 'nothing' ? own.refusedHelp : words.next[step]}</p>
        </div>
      )
    }
    case 'undone':
      return <p className="answer-lead">{own.undoneHelp}</p>
    case 'already':
      return <p className="answer-lead">{own.alreadyHelp}</p>
    case 'dropped':
      return <p className="answer-lead">{own.droppedHelp}</p>
    case 'changed-meanwhile':
      return <p className="answer-lead">{own.changedMeanwhileHelp}</p>
    default:
      return null
  }
}

/** Where it stands and why, what comes next, and who it is. */
function OfMachine({ facts, title, isOld }: { facts: Facts; title: string; isOld: boolean }) {
  const { own, words, language, reasonIn } = useSpeaking()
  const { serial, mac, manufacturer, product, batch, reason, hold } = facts
  const step = nextStepFor(reason)
  const stands = words.standing[facts.standing]
  const rows: readonly (readonly [label: string, text: string, look?: string])[] = [
    [serial === null ? 'MAC' : own.serial, serial ?? mac ?? '', 'mono'],
    [own.product, [manufacturer, product].filter(Boolean).join(' ')],
    [own.batch, batch ?? own.noBatch],
    [words.standing.held, reason.code === 'held' ? '' : (hold ?? '')],
  ]
  return (
    <>
      <div className="answer-why" data-reason={reason.code}>
        <p>
          {stands === title ? null : <b>{stands}: </b>}
          {reasonIn(reason)}
        </p>
        {step === 'nothing' ? null : (
          <p>
            <b>{words.nextStep}:</b> {words.next[step]}
          </p>
        )}
      </div>
      {isOld ? (
        <p className="answer-old">{own.asOf(new Date(facts.at).toLocaleTimeString(language, { hourCycle: 'h23' }))}</p>
      ) : null}
      <dl>
        {rows.map(([label, text, look]) =>
          text === '' ? null : (
            <div key={label}>
              <dt>{label}</dt>
              <dd className={look}>{text}</dd>
            </div>
          ),
        )}
      </dl>
    </>
  )
}
