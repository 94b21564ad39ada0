import { type FormEvent, useRef, useState } from 'react'
import { Mark } from '../shown/mark.tsx'
import { Refused } from './server.ts'
import { useSpeaking } from './speaking.tsx'
import { Preferences } from './top-bar.tsx'

/** Asks for a key; scans that wait stay where they are meanwhile. */
export function SignIn({ signIn, waiting = 0 }: { signIn: (key: string) => Promise<void>; waiting?: number }) {
  const { words, own } = useSpeaking()
  const field = useRef<HTMLInputElement>(null)
  const [isBusy, setBusy] = useState(false)
  const [wrong, setWrong] = useState<string | null>(null)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const key = field.current?.value.trim() ?? ''
    if (key === '' || isBusy) return
    setBusy(true)
    try {
      await signIn(key)
    } catch (error) {
      const code = error instanceof Refused ? error.problem.code : null
      if (code === null) setWrong(words.unreachable)
      else setWrong(code === 'too-many-attempts' ? words.tooManyKeys : words.wrongKey)
      setBusy(false)
    }
  }
  return (
    <main className="floor-alone">
      <form onSubmit={(event) => void submit(event)}>
        <h1>
          <Mark />
          {own.title}
        </h1>
        <p className="dim">{waiting > 0 ? `${own.waiting(String(waiting))}. ${own.signInHelp}` : words.signInLead}</p>
        <label htmlFor="key">{words.key}</label>
        <input
          ref={field}
          id="key"
          name="key"
          type="password"
          className="scan-field mono"
          autoComplete="current-password"
          aria-invalid={wrong !== null}
          aria-describedby="key-help"
          spellCheck={false}
          // biome-ignore lint/a11y/noAutofocus: it is all that there is to do here
          autoFocus
        />
        <p id="key-help" className="dim small">
          {words.keyHelp}
        </p>
        {wrong === null ? null : (
          <p className="wrong" role="alert">
            {wrong}
          </p>
        )}
        <button type="submit" className="floor-button main" disabled={isBusy}>
          {words.signIn}
        </button>
      </form>
      <p className="floor-tools">
        <Preferences />
      </p>
    </main>
  )
}
