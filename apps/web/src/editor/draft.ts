import { useEffect, useRef, useState } from 'react'
import type { Tagged } from '../server/client.ts'

interface Draft<T> {
  /** the ETag that what was changed had */
  base: string
  value: T
}

const PREFIX = 'eims.draft.'
/** Milliseconds after which what was typed is written down. */
const SOON = 300

function kept<T>(keep: Storage, name: string): Draft<T> | null {
  try {
    return JSON.parse(keep.getItem(PREFIX + name) ?? 'null') as Draft<T> | null
  } catch {
    return null
  }
}

function write(keep: Storage, name: string, draft: Draft<unknown> | null): void {
  try {
    if (draft) keep.setItem(PREFIX + name, JSON.stringify(draft))
    else keep.removeItem(PREFIX + name)
  } catch {
    // A browser that keeps nothing for this page, or has no room left: the page itself still has it.
  }
}

const isEqual = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

/**
 * Something that is changed and not saved yet. It is kept in the browser until it is, also over a reload, and the browser
 * asks before it leaves the page.
 * @param name of it in this browser; a component that shows another one has another `key`
 * @param stored what the server has, as it is now
 * @param keep `sessionStorage` for what may hold passwords: it ends with the tab, and with the session
 * @param onLeft told when the page is left with something unsaved
 */
export function useDraft<T>(name: string, stored: Tagged<T>, keep: Storage, onLeft: () => void) {
  const [draft, setDraft] = useState(() => kept<T>(keep, name))
  const [isRestored, setRestored] = useState(draft !== null)
  const now = useRef({ draft, onLeft })
  now.current = { draft, onLeft }
  useEffect(() => {
    const timer = setTimeout(() => write(keep, name, draft), SOON)
    return () => clearTimeout(timer)
  }, [draft, keep, name])
  useEffect(() => {
    const leave = (event: BeforeUnloadEvent) => {
      write(keep, name, now.current.draft)
      if (now.current.draft) event.preventDefault()
    }
    window.addEventListener('beforeunload', leave)
    return () => {
      window.removeEventListener('beforeunload', leave)
      write(keep, name, now.current.draft)
      if (now.current.draft) now.current.onLeft()
    }
  }, [keep, name])
  const set = (next: Draft<T> | null) => {
    now.current.draft = next
    setDraft(next)
  }
  return {
    value: draft?.value ?? stored.value,
    isChanged: draft !== null,
    /** it was there when the page came */
    isRestored: isRestored && draft !== null,
    /** somebody else has changed what it is a change of */
    isOvertaken: draft !== null && draft.base !== stored.tag,
    /** what the next change of the server's is on top of */
    base: draft?.base ?? stored.tag,
    change(part: Partial<T>) {
      const base = now.current.draft?.base ?? stored.tag
      const value = { ...(now.current.draft?.value ?? stored.value), ...part }
      set(base === stored.tag && isEqual(value, stored.value) ? null : { base, value })
    },
    /** it is on top of what the server has now */
    rebase() {
      if (now.current.draft) set({ ...now.current.draft, base: stored.tag })
    },
    drop() {
      setRestored(false)
      write(keep, name, null)
      set(null)
    },
  }
}
