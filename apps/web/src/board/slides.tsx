import type { Board, NeedyMachine } from '@eims/contracts'
import { useEffect, useRef, useState } from 'react'
import { BatchBar } from '../shown/batch-bar.tsx'
import { standingForms } from '../shown/standing-forms.ts'
import { nextStepFor } from '../words/next-steps.ts'
import { count, dayOf, said, sentenceOf, timeOf, words } from './look.ts'
import { type Slide, slidesOf } from './slides.ts'

/** Milliseconds that a slide stays. */
const STAYS = 12_000
/** The heights of a machine and of a batch, in rem, as board.css has them. */
const MACHINE = 10
const BATCH = 6

/** How much has room where the slides are. */
function useRoom() {
  const ref = useRef<HTMLDivElement>(null)
  const [height, setHeight] = useState(0)
  useEffect(() => {
    const box = ref.current
    if (!box) return
    const observer = new ResizeObserver(() => {
      setHeight(box.clientHeight / Number.parseFloat(getComputedStyle(document.documentElement).fontSize))
    })
    observer.observe(box)
    return () => observer.disconnect()
  }, [])
  const fits = (each: number) => Math.max(1, Math.floor((height + 0.05) / each))
  return { ref, fits: { machines: fits(MACHINE), batches: fits(BATCH) } }
}

/** Slides that follow one another by themselves until somebody stops them, by the space bar; arrows go on and back. */
export function Slides({ board, now }: { board: Board; now: number }) {
  const { ref, fits } = useRoom()
  const slides = slidesOf(board, fits)
  const [at, setAt] = useState(0)
  const [isPaused, pause] = useState(false)
  const isMany = slides.length > 1
  useEffect(() => {
    if (isPaused || !isMany) return
    const timer = setInterval(() => setAt((before) => before + 1), STAYS)
    return () => clearInterval(timer)
  }, [isPaused, isMany])
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
      if (event.key === ' ') {
        event.preventDefault()
        pause((before) => !before)
      } else if (way !== undefined) {
        pause(true)
        setAt((before) => before + way)
      }
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
  const here = ((at % slides.length) + slides.length) % slides.length
  const slide = slides[here]!
  const { failed, unknown } = board.standing
  const unseen = failed + unknown - board.needy.length
  const heading = slide.kind === 'batches' ? said.batches : said.needs
  return (
    <section className="slides" aria-labelledby="slides">
      <header>
        <h2 id="slides" className={slide.kind === 'calm' ? 'hidden' : ''}>
          {heading}
        </h2>
        {slide.kind === 'needy' ? (
          <p>
            {failed > 0 ? <span className="failed">{said.failed(count(failed))}</span> : null}
            {unknown > 0 ? <span className="unknown">{said.unknown(count(unknown))}</span> : null}
            {unseen > 0 ? <span className="dim">{said.notShown(count(unseen))}</span> : null}
          </p>
        ) : null}
        {isMany ? (
          <p className="turn">
            {said.page(count(here + 1), count(slides.length))}
            <button
              type="button"
              onClick={() => pause(!isPaused)}
              onKeyDown={(event) => event.key === ' ' && event.preventDefault()}
            >
              {isPaused ? said.goOn : said.pause}
              <span className="dim"> ({said.space})</span>
            </button>
          </p>
        ) : null}
      </header>
      <div
        className="room"
        ref={ref}
        data-count={slide.kind === 'needy' ? slide.machines.length : undefined}
        data-fits={fits.machines}
      >
        <Content key={here} slide={slide} now={now} />
      </div>
    </section>
  )
}

function Content({ slide, now }: { slide: Slide; now: number }) {
  if (slide.kind === 'calm')
    return (
      <p className="calm">
        <Mark standing="running" />
        {said.nobody}
      </p>
    )
  if (slide.kind === 'needy')
    return (
      <ul className="needy">
        {slide.machines.map((machine) => (
          <Machine key={machine.name} machine={machine} now={now} />
        ))}
      </ul>
    )
  return (
    <ul className="batches">
      {slide.batches.map(({ name, counts, pace }) => (
        <li key={name}>
          <b>{name}</b>
          <span className="batch-done">
            {said.doneOf(count(counts.passed), count(counts.expected ?? counts.registered))}
          </span>
          <span className="batch-end">
            {pace.expectedEnd !== null
              ? `${said.doneAt} ${when(Date.parse(pace.expectedEnd), now)}`
              : pace.left === 0
                ? said.allDone
                : said.noEstimate}
          </span>
          <BatchBar of={counts} />
        </li>
      ))}
    </ul>
  )
}

const Mark = ({ standing }: { standing: keyof typeof standingForms }) => (
  <svg className={`mark ${standing}`} viewBox="0 0 16 16" aria-hidden="true">
    <path d={standingForms[standing]} />
  </svg>
)

const when = (at: number, now: number) => `${dayOf(at, now)} ${timeOf(at)}`.trim()

/** Letters of a name that have room in one line as it is. */
const SHORT = 13

/** Which machine, why, and what to do. */
function Machine({ machine: { name, serial, standing, reason, since }, now }: { machine: NeedyMachine; now: number }) {
  const step = nextStepFor(reason)
  // Nobody has given an unknown machine its name; its serial stands on its case.
  const [head, foot] = standing === 'unknown' && serial !== null ? [serial, null] : [name, serial]
  return (
    <li className={standing} data-reason={reason.code}>
      <div>
        <p className={head.length > SHORT ? 'machine-name long' : 'machine-name'}>
          <Mark standing={standing} />
          <span>{head}</span>
        </p>
        {foot === null || foot.toLowerCase() === head ? null : <p className="machine-serial">{foot}</p>}
        <p className="machine-since">
          {words.standing[standing]}, {said.since(when(Date.parse(since), now))}
        </p>
      </div>
      <div>
        <p className="machine-reason">{sentenceOf(reason)}</p>
        {step === 'nothing' ? null : (
          <p className="machine-step">
            <b>{words.nextStep}:</b> {words.next[step]}
          </p>
        )}
      </div>
    </li>
  )
}
