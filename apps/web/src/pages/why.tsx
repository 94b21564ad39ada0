import { type Diagnosis, DiagnosisQuery, type Observation, ProblemError } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Input, Label, TextField } from 'react-aria-components'
import { Link, useLocation, useSearch } from 'wouter'
import { addressOfNode, addressOfWhy } from '../addresses.ts'
import { reading, server } from '../server/client.ts'
import { PushButton } from '../shown/button.tsx'
import { Card } from '../shown/card.tsx'
import { useSpeaking, useWords } from '../shown/language.tsx'
import { Read } from '../shown/states.tsx'
import { Clock } from '../shown/time.tsx'
import { saidIn } from '../words/said.ts'

/** Milliseconds after which a machine that is looked at is judged anew: what nobody registered has no events of its own. */
const AGAIN = 5000

/** Scan or type a machine, and hear why it is where it is. */
export function WhyPage() {
  const words = useWords()
  const [, navigate] = useLocation()
  const machine = new URLSearchParams(useSearch()).get('machine') ?? ''
  const [typed, setTyped] = useState(machine)
  const ask = (event: FormEvent) => {
    event.preventDefault()
    if (typed.trim() !== '') navigate(addressOfWhy(typed.trim()))
  }
  return (
    <div className="page why-page">
      <h1>{words.whyTitle}</h1>
      <p className="dim">{words.whyLead}</p>
      <form onSubmit={ask} className="ask">
        <TextField value={typed} onChange={setTyped} autoFocus>
          <Label className="hidden">{words.machine}</Label>
          <Input
            className="input mono"
            maxLength={128}
            spellCheck="false"
            autoCapitalize="none"
            onFocus={({ currentTarget }) => currentTarget.select()}
          />
        </TextField>
        <PushButton type="submit" tone="main" isDisabled={typed.trim() === ''}>
          {words.ask}
        </PushButton>
      </form>
      {machine === '' ? null : <Judgement key={machine} machine={machine} />}
    </div>
  )
}

/** By its form: a MAC, a UUID; else the node of that name, or whatever machine has that serial. */
async function judge(machine: string): Promise<Diagnosis> {
  for (const query of [{ mac: machine }, { uuid: machine }])
    if (DiagnosisQuery.safeParse(query).success) return server('diagnosis', { query })
  try {
    const { name } = await server('getNode', { params: { id: machine } })
    return await server('diagnosis', { query: { node: name } })
  } catch (error) {
    if (!(error instanceof ProblemError && error.code === 'not-found')) throw error
    return server('diagnosis', { query: { serial: machine } })
  }
}

function Judgement({ machine }: { machine: string }) {
  const judged = useQuery({
    queryKey: [...reading.why, machine],
    queryFn: () => judge(machine),
    staleTime: 0,
    refetchInterval: AGAIN,
  })
  return <Read of={judged}>{(diagnosis) => <Judged diagnosis={diagnosis} />}</Read>
}

function Judged({ diagnosis }: { diagnosis: Diagnosis }) {
  const { words, language } = useSpeaking()
  const { verdict, certainty, node, subject, heard, answered, said } = diagnosis
  const inWords = (of: 'summary' | 'cause' | 'missing' | 'before') => {
    const english = diagnosis[of]
    return english === null ? null : saidIn(language, said[of], english)
  }
  const [summary, cause, missing, before] = (['summary', 'cause', 'missing', 'before'] as const).map(inWords)
  const remedy = diagnosis.remedy.map((step, at) => saidIn(language, said.remedy[at] ?? null, step))
  return (
    <>
      <section className={`verdict ${verdict}`} aria-live="polite">
        <p className="verdict-word">
          {words.verdicts[verdict]}
          <span className="dim small">{words[certainty]}</span>
        </p>
        <p className="verdict-text">{summary}</p>
        <p className="small">
          {node ? (
            <Link href={addressOfNode(node.id)}>
              {words.openNode}: {node.name}
            </Link>
          ) : (
            <span className="mono">{subject}</span>
          )}
        </p>
      </section>
      <div className="two">
        <Card title={words.remedy}>
          {remedy.length === 0 ? (
            <p className="dim">{words.next.nothing}</p>
          ) : (
            <ol className="remedy">
              {remedy.map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
          )}
        </Card>
        <Card title={words.cause}>
          <p>{cause ?? summary}</p>
          {missing === null ? null : (
            <p>
              <b>{words.neverCame}:</b> {missing}
            </p>
          )}
          {before === null ? null : (
            <p>
              <b>{words.before}:</b> {before}
            </p>
          )}
        </Card>
        <Card title={words.heard}>
          <Observations of={heard} none={words.heardNothing} />
        </Card>
        <Card title={words.answered}>
          <Observations of={answered} none={words.answeredNothing} />
        </Card>
      </div>
    </>
  )
}

function Observations({ of, none }: { of: readonly Observation[]; none: string }) {
  const { words, language } = useSpeaking()
  if (of.length === 0) return <p className="dim">{none}</p>
  return (
    <ol className="events">
      {of.map(({ at, lastAt, count, what, said }) => (
        <li key={`${at} ${what}`}>
          <span className="when">
            <Clock at={lastAt} seconds />
          </span>
          <span>
            {saidIn(language, said, what)}
            {count > 1 ? <span className="dim small"> {words.times(count)}</span> : null}
          </span>
        </li>
      ))}
    </ol>
  )
}
