import { ProblemError } from '@eims/contracts'
import type { ReactNode } from 'react'
import { FieldError, Input, Label, Switch, Text, TextArea, TextField } from 'react-aria-components'

/**
 * PURE: what the server found wrong in a form, by the field's path in the body (`name`, `account.userName`); empty when it
 * was something else. Several of one field stand below one another.
 */
export function faultsOf(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof ProblemError)) return {}
  const faults = new Map<string, string>()
  for (const { path, message } of error.fields ?? []) {
    const at = path.replace(/^body\./, '')
    faults.set(at, faults.has(at) ? `${faults.get(at)}\n${message}` : message)
  }
  return Object.fromEntries(faults)
}

/** PURE: what is wrong with a field, or with a line of it when it is a list: with the number of that line. */
export function faultIn(faults: Readonly<Record<string, string>>, path: string): string | undefined {
  const [place, message] = Object.entries(faults).find(([each]) => each === path || each.startsWith(`${path}.`)) ?? []
  if (place === undefined) return undefined
  const line = place === path ? Number.NaN : Number(place.slice(path.length + 1))
  return Number.isNaN(line) ? message : `${line + 1}: ${message}`
}

interface FieldParts {
  label: string
  value: string
  onChange: (value: string) => void
  /** what may stand there, and what it is for */
  help?: ReactNode
  /** what is wrong with it */
  wrong?: string | undefined
  placeholder?: string
  type?: 'text' | 'password' | 'number' | 'url'
  isRequired?: boolean
  isDisabled?: boolean
  isReadOnly?: boolean
  autoFocus?: boolean
  maxLength?: number
  /** more than one: several lines */
  lines?: number
  /** it is read letter by letter: a key, a name of a machine */
  isCode?: boolean
}

/** Something that is typed, with its name above it, and below what is wrong with it or what it is for. */
export function Field({ help, wrong, lines = 1, isCode = false, label, placeholder, ...rest }: FieldParts) {
  // A password that is set is not the one by which this browser signs in: it is to fill in none.
  const fills = rest.type === 'password' ? { autoComplete: 'new-password' } : {}
  const parts = { className: isCode ? 'input code' : 'input', ...(placeholder === undefined ? {} : { placeholder }) }
  return (
    <TextField {...rest} {...fills} className="field" isInvalid={wrong !== undefined} validationBehavior="aria">
      <Label>{label}</Label>
      {lines > 1 ? <TextArea {...parts} rows={lines} /> : <Input {...parts} />}
      <FieldError className="wrong small">{wrong}</FieldError>
      {help && wrong === undefined ? (
        <Text slot="description" className="dim small">
          {help}
        </Text>
      ) : null}
    </TextField>
  )
}

/** Something that is on or off. */
export function OnOff({
  label,
  help,
  ...rest
}: {
  label: string
  help?: ReactNode
  isSelected: boolean
  onChange: (on: boolean) => void
  isDisabled?: boolean
}) {
  return (
    <Switch {...rest} className="switch">
      <span className="track" aria-hidden="true" />
      <span>
        {label}
        {help ? <span className="note">{help}</span> : null}
      </span>
    </Switch>
  )
}
