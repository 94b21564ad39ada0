import type { Batch } from '@eims/contracts'
import { useCallback, useEffect, useState } from 'react'
import { useTheme } from '../shown/theme.ts'
import { Bars } from './bars.tsx'
import { batchCode, commandCodes, KEYBOARD_CODE, outCode, outReasons } from './code.ts'
import { call, Refused } from './server.ts'
import { SignIn } from './sign-in.tsx'
import { useSpeaking } from './speaking.tsx'
import '../style/sheet.css'

/** More batches than that are no choice any more, and no sheet. */
const MOST_BATCHES = 40

/** PURE: whether machines of it are still to come, or to be done. */
export const isOpen = ({ counts: { expected, registered, passed } }: Pick<Batch, 'counts'>): boolean =>
  registered === 0 || passed < Math.max(expected ?? 0, registered)

/** Every command as a bar code with what it does, to be printed: those that are always there, the reasons, the open batches. */
export function SheetPage() {
  const { own, words, language } = useSpeaking()
  useTheme()
  const [batches, setBatches] = useState<Batch[] | 'signed-out' | 'unanswered' | null>(null)
  const read = useCallback(async () => {
    try {
      const { reply } = await call('listBatches', { query: { pageSize: '1000', orderBy: 'createdAt desc' } })
      setBatches(reply.items.filter(isOpen))
    } catch (error) {
      const code = error instanceof Refused ? error.problem.code : null
      setBatches(code === 'unauthenticated' ? 'signed-out' : 'unanswered')
    }
  }, [])
  useEffect(() => {
    document.title = `${own.sheet} · eims`
  }, [own])
  useEffect(() => void read(), [read])
  if (batches === null) return null
  if (batches === 'signed-out')
    return (
      <SignIn
        signIn={async (key) => {
          await call('signIn', { body: { key } })
          await read()
        }}
      />
    )
  if (batches === 'unanswered')
    return (
      <main className="floor-alone">
        <h1>{words.unreachable}</h1>
        <p>{words.unreachableHelp}</p>
        <button type="button" className="floor-button" onClick={() => void read()}>
          {words.tryAgain}
        </button>
      </main>
    )
  const more = batches.length - MOST_BATCHES
  return (
    <main className="sheet">
      <header>
        <div>
          <h1>{own.sheet}</h1>
          <p className="dim small">
            {own.sheetOf(
              location.host,
              new Date().toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' }),
            )}
          </p>
        </div>
        <p className="sheet-tools">
          <a href="/floor" className="floor-button">
            {own.backToFloor}
          </a>
          <button type="button" className="floor-button main" onClick={() => print()}>
            {own.print}
          </button>
        </p>
        <p className="sheet-help">{own.sheetHelp}</p>
      </header>
      <Part title={own.commands}>
        {commandCodes.map(({ code, command: { kind } }) => (
          <Code key={code} code={code} caption={own.job[kind]} help={own.jobHelp[kind]} />
        ))}
        <Code code={KEYBOARD_CODE} caption={own.test} help={own.testHelp} />
      </Part>
      <Part title={own.takeOutTitle} help={own.jobHelp['take-out']}>
        {outReasons.map((why) => (
          <Code key={why} code={outCode(why)} caption={own.takeOut(own.out[why])} />
        ))}
      </Part>
      <Part title={own.batches} help={batches.length === 0 ? own.noBatches : own.jobHelp.assign} areLong>
        {batches.slice(0, MOST_BATCHES).map(({ id, name }) => (
          <Code key={id} code={batchCode(id)} caption={own.assignTo(name)} />
        ))}
      </Part>
      {more > 0 ? <p className="dim">{own.moreBatches(String(more))}</p> : null}
    </main>
  )
}

/** @param areLong its codes need half a sheet's width, or more */
function Part({
  title,
  help,
  areLong = false,
  children,
}: {
  title: string
  help?: string
  areLong?: boolean
  children: React.ReactNode
}) {
  return (
    <section className={areLong ? 'long' : undefined}>
      <h2>{title}</h2>
      {help === undefined ? null : <p className="dim small">{help}</p>}
      <ul>{children}</ul>
    </section>
  )
}

function Code({ code, caption, help }: { code: string; caption: string; help?: string }) {
  return (
    <li>
      <b>{caption}</b>
      {help === undefined ? null : <p className="small">{help}</p>}
      <Bars text={code} />
      <p className="mono small dim">{code}</p>
    </li>
  )
}
