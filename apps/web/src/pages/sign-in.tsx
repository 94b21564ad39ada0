import { ProblemError } from '@eims/contracts'
import { type FormEvent, useState } from 'react'
import { Input, Label, Text, TextField } from 'react-aria-components'
import { signIn } from '../server/session.ts'
import { PushButton } from '../shown/button.tsx'
import { useWords } from '../shown/language.tsx'
import { Mark } from '../shown/mark.tsx'
import { Preferences } from '../shown/settings.tsx'
import type { Words } from '../words/english.ts'

/** Shown at every address until somebody is signed in; afterwards that address's page is. */
export function SignInPage() {
  const words = useWords()
  const [key, setKey] = useState('')
  const [state, setState] = useState<{ busy: boolean; wrong: string | null }>({ busy: false, wrong: null })
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (key.trim() === '' || state.busy) return
    setState({ busy: true, wrong: null })
    try {
      await signIn(key)
    } catch (error) {
      setState({ busy: false, wrong: wrongWords(error, words) })
    }
  }
  return (
    <main className="sign-in">
      <form className="card" onSubmit={(event) => void submit(event)}>
        <h1>
          <Mark />
          {words.signInTitle}
        </h1>
        <p className="dim">{words.signInLead}</p>
        <TextField
          type="password"
          name="key"
          autoComplete="current-password"
          autoFocus
          value={key}
          onChange={setKey}
          isInvalid={state.wrong !== null}
          validationBehavior="aria"
        >
          <Label>{words.key}</Label>
          <Input className="input mono" spellCheck="false" />
          <Text slot="description" className="dim small">
            {words.keyHelp}
          </Text>
        </TextField>
        {state.wrong === null ? null : (
          <p className="wrong" role="alert">
            {state.wrong}
          </p>
        )}
        <PushButton type="submit" tone="main" isDisabled={state.busy || key.trim() === ''}>
          {words.signIn}
        </PushButton>
      </form>
      <footer>
        <Preferences />
        <p className="small">
          <a href="/api/docs/">{words.interface}</a>
          <a href="/ca.crt">{words.certificate}</a>
        </p>
      </footer>
    </main>
  )
}

function wrongWords(error: unknown, words: Words): string {
  if (!(error instanceof ProblemError)) return words.unreachable
  if (error.code === 'unauthenticated') return words.wrongKey
  return error.code === 'too-many-attempts' ? words.tooManyKeys : error.message
}
