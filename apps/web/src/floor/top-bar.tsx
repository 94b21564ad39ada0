import type { Session } from '@eims/contracts'
import type { ReactNode } from 'react'
import { Mark } from '../shown/mark.tsx'
import { type Theme, useTheme } from '../shown/theme.ts'
import type { Language } from '../words/spoken.ts'
import { languages } from '../words/words.ts'
import type { Floor } from './open.ts'
import type { QueueState } from './queue.ts'
import { useSpeaking } from './speaking.tsx'

interface Switch {
  isOn: boolean
  turn: () => void
}

/** Where one is, whether the server answers, and what can be set. */
export function TopBar({
  floor,
  session,
  queue,
  sound,
  typing,
}: {
  floor: Floor
  session: Session
  queue: QueueState
  sound: Switch
  typing: Switch
}) {
  const { own, words } = useSpeaking()
  const waiting = queue.scans.filter(({ outcome, by }) => outcome === null && by === queue.by).length
  return (
    <header className="floor-top">
      <a href="/" className="floor-brand" title={own.dashboard}>
        <Mark />
        <span>{own.title}</span>
      </a>
      <p className={queue.isAnswered ? 'line' : 'line broken'} role="status">
        <Drawn
          path={
            queue.isAnswered
              ? 'M3 8.500 6.500 12 13 4.500'
              : 'M3 3l10 10M4 9.500a5 5 0 0 1 1.500-1.500M8 6.500a6.500 6.500 0 0 1 4 3M8 12.500v.01'
          }
        />
        {queue.isAnswered ? own.connected : own.noConnection}
        {!queue.isAnswered && waiting > 0 ? `, ${own.waiting(String(waiting))}` : ''}
      </p>
      <div className="floor-tools">
        <Turn
          of={typing}
          label={own.keyboard}
          path="M2 4h12v8H2zM4.500 6.500h.01M7 6.500h.01M9.500 6.500h.01M12 6.500h.01M5.500 9.500h5"
        />
        <Turn
          of={sound}
          label={own.sound}
          path={`M3 6v4h2l3 3V3L5 6z${sound.isOn ? 'M10.500 6a3 3 0 0 1 0 4M12.500 4a6 6 0 0 1 0 8' : 'M10.500 6.500l3 3M13.500 6.500l-3 3'}`}
        />
        <a href="/floor/codes" className="floor-button" target="_blank" rel="noreferrer">
          <Drawn path="M2 4v8M4.500 4v8M6.500 4v8M9.500 4v8M11 4v8M14 4v8" />
          <span>{own.sheet}</span>
        </a>
        <button type="button" className="floor-button" popoverTarget="settings" aria-label={words.settings}>
          <Drawn path="M2 5h5M11 5h3M2 11h3M9 11h5M9 3v4M7 9v4" />
        </button>
        <div id="settings" popover="auto" className="floor-settings">
          <Preferences />
        </div>
        <span className="floor-who">
          <b>{session.name}</b> <span className="dim">{session.role}</span>
        </span>
        <button
          type="button"
          className="floor-button"
          onClick={() => void floor.signOut().catch(() => floor.queue.heard(false))}
        >
          {words.signOut}
        </button>
      </div>
    </header>
  )
}

const Drawn = ({ path }: { path: string }) => (
  <svg viewBox="0 0 16 16" aria-hidden="true">
    <path d={path} />
  </svg>
)

function Turn({ of, label, path }: { of: Switch; label: string; path: string }) {
  const { own } = useSpeaking()
  return (
    <button type="button" className="floor-button" role="switch" aria-checked={of.isOn} onClick={of.turn}>
      <Drawn path={path} />
      <span>
        {label}: {of.isOn ? own.on : own.off}
      </span>
    </button>
  )
}

/** Appearance and language, as in the dashboard. */
export function Preferences() {
  const { words, language, speak } = useSpeaking()
  const [theme, choose] = useTheme()
  return (
    <>
      <Choice label={words.theme} value={theme} choose={(value) => choose(value as Theme)}>
        {(['system', 'light', 'dark'] as const).map((each) => (
          <option key={each} value={each}>
            {words.themes[each]}
          </option>
        ))}
      </Choice>
      <Choice label={words.languageLabel} value={language} choose={(value) => speak(value as Language)}>
        {Object.entries(languages).map(([code, each]) => (
          <option key={code} value={code}>
            {each.language}
          </option>
        ))}
      </Choice>
    </>
  )
}

function Choice(props: { label: string; value: string; choose: (value: string) => void; children: ReactNode }) {
  const { label, value, choose, children } = props
  return (
    <label className="floor-choice">
      {label}
      <select className="floor-button" value={value} onChange={(event) => choose(event.target.value)}>
        {children}
      </select>
    </label>
  )
}
