import { ProblemError } from '@eims/contracts'
import type { ReactNode } from 'react'
import { useSession } from '../server/session.ts'
import type { Words } from '../words/english.ts'
import { PushButton } from './button.tsx'
import { useWords } from './language.tsx'

/** A page, or a part of it, that has nothing to show but words. */
export function Notice({ title, help, children, tone = 'calm' }: NoticeParts) {
  return (
    <div className={`notice ${tone}`} role={tone === 'bad' ? 'alert' : undefined}>
      <p className="notice-title">{title}</p>
      {help ? <p className="dim">{help}</p> : null}
      {children}
    </div>
  )
}

interface NoticeParts {
  title: string
  help?: ReactNode
  children?: ReactNode
  tone?: 'calm' | 'bad'
}

/** What is loaded keeps its room, so that nothing jumps when it is there. */
export function Loading({ rows = 6 }: { rows?: number }) {
  const words = useWords()
  return (
    <div className="loading" role="status" aria-label={words.loading}>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} />
      ))}
    </div>
  )
}

/** Why something could not be read or done, in words, and how to go on. */
export function Failure({ error, again }: { error: unknown; again?: (() => void) | undefined }) {
  const words = useWords()
  const { data: session } = useSession()
  const retry = again ? <PushButton onPress={again}>{words.tryAgain}</PushButton> : null
  if (!(error instanceof ProblemError))
    return (
      <Notice title={words.unreachable} help={words.unreachableHelp} tone="bad">
        {retry}
      </Notice>
    )
  if (error.code === 'forbidden')
    return <Notice title={words.noPermission} help={words.noPermissionHelp(session?.role ?? '?')} />
  if (error.code === 'not-found') return <Notice title={words.notFound} help={words.notFoundHelp} />
  return (
    <Notice title={words.failure} help={error.message} tone="bad">
      {retry}
    </Notice>
  )
}

/** What went wrong, in a sentence: the server's, or that it does not answer. */
export const wrongOf = (error: unknown, words: Words): string =>
  error instanceof ProblemError ? error.message : words.unreachable

/** Something that is read of the server: what a query gives, or several of them together. */
export interface Reading<T> {
  data: T | undefined
  error: unknown
  refetch: () => unknown
}

/** What was read, or that it is loading, or why it cannot be read; what is known stays while it is read anew. */
export function Read<T>({ of, rows, children }: { of: Reading<T>; rows?: number; children: (data: T) => ReactNode }) {
  if (of.data !== undefined) return children(of.data)
  if (of.error) return <Failure error={of.error} again={() => void of.refetch()} />
  return <Loading {...(rows === undefined ? {} : { rows })} />
}
