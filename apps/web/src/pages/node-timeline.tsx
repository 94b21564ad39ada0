import type { Event, Stage, Timeline } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { reading, server } from '../server/client.ts'
import { PushButton } from '../shown/button.tsx'
import { Card } from '../shown/card.tsx'
import { useSpeaking, useWords } from '../shown/language.tsx'
import { Read } from '../shown/states.tsx'
import { stretch } from '../shown/stretch.ts'
import { Clock } from '../shown/time.tsx'
import { eventIn } from '../words/said.ts'

/** Events that are shown at first. */
const FEW = 14
/** Seconds without anything that are told of as a gap. */
const GAP = 60
/** Kinds of events that tell of something which went wrong. */
const BAD = /\.(failed|double|conflict|refused|lease-expired)$/

/** What happened to the machine, the newest first, with the stages of its last way through the house above. */
export function NodeTimeline({ id }: { id: string }) {
  const words = useWords()
  const timeline = useQuery({
    queryKey: [...reading.node(id), 'timeline'],
    queryFn: () => server('nodeTimeline', { params: { id } }),
  })
  return (
    <Card title={words.timeline}>
      <Read of={timeline}>{(all) => <Shown all={all} />}</Read>
    </Card>
  )
}

function Shown({ all: { events, stages } }: { all: Timeline }) {
  const words = useWords()
  const [isWhole, setWhole] = useState(false)
  if (events.length === 0) return <p className="dim">{words.noEvents}</p>
  const newest = events.toReversed()
  const shown = isWhole ? newest : newest.slice(0, FEW)
  const last = Math.max(0, ...stages.map(({ pass }) => pass))
  return (
    <>
      <Stages of={stages.filter(({ pass }) => pass === last)} />
      <ol className="events">
        {shown.map((event, index) => (
          <Line key={event.id} event={event} before={newest[index + 1]} />
        ))}
      </ol>
      {shown.length < newest.length ? <PushButton onPress={() => setWhole(true)}>{words.more}</PushButton> : null}
    </>
  )
}

/** One event, and how long nothing was heard before it. */
function Line({ event, before }: { event: Event; before: Event | undefined }) {
  const { words, language } = useSpeaking()
  const { kind, at, lastAt, count, data } = event
  const gap = before ? (Date.parse(at) - Date.parse(before.lastAt)) / 1000 : 0
  const isBad = BAD.test(kind) || ['FAILED', 'TIMED_OUT'].includes(String(data.state))
  return (
    <>
      <li className={isBad ? 'notable' : undefined}>
        <span className="when">
          <Clock at={lastAt} seconds />
        </span>
        <span>
          {eventIn(language, event)}
          {count > 1 ? <span className="dim small"> {words.times(count)}</span> : null}
        </span>
      </li>
      {gap >= GAP ? (
        <li className="gap" aria-hidden="true">
          <span className="when" />
          <span>{stretch(gap)}</span>
        </li>
      ) : null}
    </>
  )
}

function Stages({ of }: { of: readonly Stage[] }) {
  const words = useWords()
  const sum = of.reduce((all, { seconds }) => all + seconds, 0)
  if (sum === 0) return null
  return (
    <ol className="stages">
      {of.map(({ name, startedAt, seconds }) => (
        <li key={startedAt + name} style={{ flexGrow: Math.max(0.06, seconds / sum) }} className={name}>
          <span>{words.stages[name]}</span>
          <span className="number">{stretch(seconds)}</span>
        </li>
      ))}
    </ol>
  )
}
