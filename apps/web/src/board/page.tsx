import type { Board } from '@eims/contracts'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { BatchBar } from '../shown/batch-bar.tsx'
import { Clock, useSecond } from './clock.tsx'
import { following, type Known, type Trouble } from './follow.ts'
import { batches, count, dayOf, said, timeOf } from './look.ts'
import { Slides } from './slides.tsx'

/** Milliseconds without an answer after which what is shown counts as old. */
const OLD = 6000
/** Milliseconds for which everything stays where it is, so that nothing burns in, and how many places there are. */
const STAYS = 60_000
const PLACES = 8

/** The board: read from ten metres, touched by nobody. */
export function BoardPage() {
  const known = useSyncExternalStore(following.subscribe, () => following.known)
  const { board, trouble } = known
  const place = usePlace()
  const title = titleOf(board)
  useEffect(() => {
    document.title = `${title} · eims`
  }, [title])
  return (
    <div className="board" data-place={place}>
      <header>
        <h1>{title}</h1>
        {trouble === null ? <Old known={known} /> : null}
        <Clock ahead={known.ahead} />
      </header>
      {trouble !== null ? (
        <Message {...said.troubles[trouble]} trouble={trouble} />
      ) : board === null ? (
        <Message title={said.reaching} />
      ) : (
        <Shown board={board} now={Date.now() + known.ahead} />
      )}
    </div>
  )
}

/** What it is of: batches by their names, three at most. */
function titleOf(board: Board | null): string {
  if (batches === '') return said.allMachines
  const names = board?.batches.map(({ name }) => name) ?? batches.split(',').map((each) => each.trim())
  const more = names.length - 3
  return names.slice(0, 3).join(', ') + (more > 0 ? ` ${said.andMore(count(more))}` : '')
}

/** Everything moves a little, and seldom. */
function usePlace(): number {
  const [place, setPlace] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setPlace((before) => (before + 1) % PLACES), STAYS)
    return () => clearInterval(timer)
  }, [])
  return place
}

function Message({ title, help, trouble }: { title: string; help?: string; trouble?: Trouble }) {
  return (
    <main className="message" data-trouble={trouble}>
      <h2>{title}</h2>
      {help ? <p>{help}</p> : null}
      {trouble === 'signed-out' ? (
        <p>
          <a href="/">{said.signIn}</a>
        </p>
      ) : null}
    </main>
  )
}

function Shown({ board, now }: { board: Board; now: number }) {
  const isEmpty = board.expected === 0 && board.needy.length === 0
  return (
    <main>
      {isEmpty ? (
        <section className="slides">
          <div className="calm">
            <p>{said.empty}</p>
            <p className="calm-help">{said.emptyHelp}</p>
          </div>
        </section>
      ) : (
        <Slides board={board} now={now} />
      )}
      <Figures board={board} now={now} />
    </main>
  )
}

/** How far it is, in one bar and in numbers. */
function Figures({ board, now }: { board: Board; now: number }) {
  const { expected, done, missing, standing, pace } = board
  const expectedEnd = pace.expectedEnd === null ? null : Date.parse(pace.expectedEnd)
  const isDone = pace.left === 0 && expected > 0
  const end = expectedEnd !== null ? timeOf(expectedEnd) : isDone ? '✓' : '–'
  const day = expectedEnd === null ? '' : dayOf(expectedEnd, now)
  const endLabel =
    expectedEnd === null ? (isDone ? said.allDone : said.noEstimate) : day === '' ? said.doneAt : said.doneOn(day)
  const counts = { expected, registered: expected, passed: done, running: standing.working, failed: standing.failed }
  const figures = [
    ['done', count(done), said.done(count(expected)), true],
    ['working', count(standing.working), said.working, standing.working > 0],
    ['failed', count(standing.failed), said.failedCount, standing.failed > 0],
    ['waiting', count(missing), said.missing, missing > 0],
    ['unknown', count(standing.unknown), said.unknownCount, standing.unknown > 0],
    ['pace', count(pace.lastHour), said.lastHour, pace.lastHour > 0],
    ['end', end, endLabel, expectedEnd !== null || isDone],
  ] as const
  return (
    <section className="figures" aria-label={said.figures}>
      <BatchBar of={counts} />
      <dl>
        {figures.map(([name, figure, label, isSome]) => (
          <div key={name} className={isSome ? name : 'none'}>
            <dd data-letters={Math.min(figure.length, 7)}>{figure}</dd>
            <dt>{label}</dt>
          </div>
        ))}
      </dl>
    </section>
  )
}

/** Whether what is shown is of now; when it is not, that cannot be overlooked. */
function Old({ known: { heardAt, ahead } }: { known: Known }) {
  const now = useSecond(ahead)
  const [begun] = useState(() => Date.now())
  const silentSince = heardAt ?? begun
  if (now - ahead - silentSince < OLD) return heardAt === null ? null : <p className="live">{said.live}</p>
  return (
    <div className="old" role="alert">
      <p className="old-title">{said.lost}</p>
      <p className="old-since">
        {said.lostSince(`${dayOf(silentSince + ahead, now)} ${timeOf(silentSince + ahead, true)}`.trim())}
      </p>
      <p>{said.lostHelp}</p>
    </div>
  )
}
