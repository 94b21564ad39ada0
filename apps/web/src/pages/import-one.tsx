import { type ImportProgress, includesRole, ProblemError } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { Link, useLocation, useParams } from 'wouter'
import { addresses } from '../addresses.ts'
import { reading, readings, server } from '../server/client.ts'
import { useRole, useSession } from '../server/session.ts'
import { PushButton } from '../shown/button.tsx'
import { Card, Facts } from '../shown/card.tsx'
import { useCount } from '../shown/figures.ts'
import { useSpoken } from '../shown/language.tsx'
import { Failure, Loading, Notice } from '../shown/states.tsx'
import { stretch } from '../shown/stretch.ts'
import { Clock } from '../shown/time.tsx'
import { tell } from '../shown/told.tsx'
import { importWords } from '../words/import.ts'
import { openDraft, type Sent, useDraft, useSent } from './import-draft.ts'
import { FoundRows } from './import-found.tsx'
import { Outcome, outcomeOf } from './import-rows.tsx'
import { HowRead } from './import-side.tsx'
import { UndoImport, WasUndone } from './import-undo.tsx'
import '../style/import.css'

/** Milliseconds between two looks at an import that is under way. */
const LOOK = 500
const underWay = ['receiving', 'waiting', 'reading', 'checking', 'writing', 'undoing', 'running'] as const
const isUnderWay = (state: string): state is (typeof underWay)[number] => underWay.some((each) => each === state)

/** One import: how far it is or, when it is over, what came of it and how it is taken back. */
export function ImportOnePage() {
  const { id = '' } = useParams()
  const words = useSpoken(importWords)
  const sent = useSent(id)
  const isOpen = sent?.state === 'sending' || sent?.state === 'lost'
  const one = useQuery({
    queryKey: [...reading.imports, id],
    queryFn: () => server('getImport', { params: { id } }),
    retry: false,
    // Until its file is there the server knows nothing of it; one whose reply was lost is asked for until it is told.
    refetchInterval: ({ state: { data, error } }) =>
      (data ? isUnderWay(data.state) : isOpen) || (error && !(error instanceof ProblemError)) ? LOOK : false,
  })
  const { data, error } = one
  const isMissing = error instanceof ProblemError && error.code === 'not-found'
  const shown = () => {
    if (sent?.state === 'refused' && !data) return <NotTaken wrong={sent.wrong} />
    if (sent?.state === 'lost' && (error || !data || isUnderWay(data.state))) return <Unknown />
    if (data && isUnderWay(data.state)) return <UnderWay state={data.state} progress={data} sent={sent} />
    if (data) return <Over of={data} />
    if (sent) return <UnderWay state="sending" progress={null} sent={sent} />
    if (isMissing) return <Notice title={words.noImport} help={words.noImportHelp} />
    return error ? <Failure error={error} again={() => void one.refetch()} /> : <Loading />
  }
  return (
    <div className="page import-one">
      <p>
        <Link href={addresses.importHistory}>{words.allImports}</Link>
      </p>
      {shown()}
    </div>
  )
}

/** The server did not take it, and why. */
function NotTaken({ wrong }: { wrong: unknown }) {
  const words = useSpoken(importWords)
  return (
    <>
      <h1>{words.refusedHelp}</h1>
      <Failure error={wrong} />
      <Onwards />
    </>
  )
}

/** The server went away before it answered. */
function Unknown() {
  const words = useSpoken(importWords)
  return (
    <>
      <h1>{words.unknown}</h1>
      <p className="import-words" role="alert">
        {words.unknownHelp}
      </p>
      <Onwards />
    </>
  )
}

/** Back to what is being mended, or to another list. */
function Onwards() {
  const words = useSpoken(importWords)
  const draft = useDraft()
  const role = useRole()
  if (!includesRole(role, 'operator')) return null
  return (
    <Link className="button main" href={addresses.import}>
      {draft ? words.backToList : words.another}
    </Link>
  )
}

function UnderWay({
  state,
  progress,
  sent,
}: {
  state: (typeof underWay)[number] | 'sending'
  progress: ImportProgress | null
  sent: Sent | null
}) {
  const words = useSpoken(importWords)
  const count = useCount()
  const role = useRole()
  const fraction =
    state === 'receiving' && sent && progress ? Math.min(1, progress.bytes / sent.size) : (progress?.fraction ?? null)
  const canStop = progress !== null && ['receiving', 'waiting', 'reading', 'checking'].includes(state)
  const stop = async () => {
    await server('cancelImport', { params: { id: progress!.id } }, { timeout: 600_000 }).catch(() => {})
    await readings.invalidateQueries({ queryKey: reading.imports })
  }
  return (
    <>
      <h1>{progress?.file ?? words.title}</h1>
      <section className="import-progress" aria-live="polite">
        <p>
          <b>{words.stage[state]}</b>
          {progress && progress.rows > 0 ? (
            <span className="dim number"> {words.soFar(count(progress.rows))}</span>
          ) : null}
        </p>
        <progress aria-label={words.stage[state]} max={1} {...(fraction === null ? {} : { value: fraction })} />
      </section>
      {canStop && includesRole(role, 'operator') ? (
        <p>
          <PushButton onPress={() => void stop()}>{words.stop}</PushButton>
        </p>
      ) : null}
    </>
  )
}

/** What came of it. */
function Over({ of }: { of: ImportProgress }) {
  const words = useSpoken(importWords)
  const count = useCount()
  const { report, counts, file, committed, undo, why } = of
  const outcome = outcomeOf({ ...of, state: isUnderWay(of.state) ? 'running' : of.state })
  const isPart = committed && counts !== null && counts.failed > 0 && !undo
  return (
    <>
      <header className="toolbar">
        <h1>{file ?? words.unnamed}</h1>
        <Outcome of={{ ...of, state: isUnderWay(of.state) ? 'running' : of.state }} />
      </header>
      <p className="import-words">
        {isPart
          ? words.verdictPart(count(counts.rows - counts.failed), count(counts.failed))
          : outcome === 'running'
            ? null
            : words.verdicts[outcome]}{' '}
        {why === null || of.state === 'cancelled' ? null : <span lang="en">{why}</span>}
      </p>
      {counts ? (
        <ul className={committed ? 'import-counts' : 'import-counts stale'}>
          {(['created', 'updated', 'unchanged', 'skipped', 'failed', 'warnings'] as const)
            .filter((name) => counts[name] > 0 || name === 'created')
            .map((name) => (
              <li key={name} className={counts[name] > 0 ? name : undefined}>
                <b>{count(counts[name])}</b> {words[name]}
              </li>
            ))}
        </ul>
      ) : null}
      <Ways of={of} />
      {undo ? <WasUndone undo={undo} /> : null}
      <div className="two wide">
        <div className="stack">
          {report ? (
            <>
              <FoundRows title={words.mistakes} what={words.code} of={report.problems} total={report.problemsTotal} />
              <FoundRows title={words.doubts} what={words.doubt} of={report.warnings} total={report.warningsTotal} />
              {report.problemsTotal + report.warningsTotal === 0 ? <p className="dim">{words.foundNothing}</p> : null}
            </>
          ) : counts ? (
            <p className="dim">{words.reportGone}</p>
          ) : null}
        </div>
        <About of={of} />
      </div>
    </>
  )
}

/** What can be done after an import. */
function Ways({ of: { id, file, actor, report, undoable } }: { of: ImportProgress }) {
  const words = useSpoken(importWords)
  const session = useSession().data
  const [, navigate] = useLocation()
  const canImport = session && includesRole(session.role, 'operator')
  const canUndo = session && undoable && (includesRole(session.role, 'admin') || session.name === actor) && canImport
  const errors = report?.errorFile
  const mendRest = async () => {
    const reply = await fetch(errors!).catch(() => null)
    if (!reply?.ok) return tell(words.reportGone, { tone: 'bad' })
    openDraft(session!.name, file ?? words.unnamed, await reply.blob())
    navigate(addresses.import)
  }
  return (
    <div className="actions">
      {canImport && errors && report.committed ? (
        <PushButton tone="main" onPress={() => void mendRest()}>
          {words.mendRest}
        </PushButton>
      ) : (
        <Onwards />
      )}
      {errors ? (
        <a className="button plain" href={errors} download>
          {words.errorFile}
        </a>
      ) : null}
      {canUndo ? <UndoImport id={id} name={file ?? words.unnamed} /> : null}
      {undoable && canImport && !canUndo ? <span className="dim small">{words.notYours(actor)}</span> : null}
    </div>
  )
}

function About({ of }: { of: ImportProgress }) {
  const words = useSpoken(importWords)
  const count = useCount()
  const { report, actor, batch, startedAt, endedAt, bytes, sha256 } = of
  return (
    <Card title={words.file}>
      <Facts
        of={[
          [words.by, actor],
          [words.began, <Clock key="began" at={startedAt} seconds />],
          [words.ended, endedAt === null ? null : <Clock key="ended" at={endedAt} seconds />],
          [words.took, report ? stretch(report.seconds) : null],
          [words.batchLabel, batch],
          [words.sheet, report?.file.sheet],
          [words.size, words.bytes(count(bytes))],
          [words.digest, sha256 === null ? null : <span className="mono digest">{sha256}</span>],
        ]}
      />
      {report ? <HowRead report={report} /> : null}
    </Card>
  )
}
