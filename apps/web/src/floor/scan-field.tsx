import { type KeyboardEvent, useEffect, useRef } from 'react'
import type { BenchState } from './bench.ts'
import { Mode } from './mode.tsx'
import { useSpeaking } from './speaking.tsx'

/** Keys of one scanner come closer than that, in milliseconds; a person's do not. */
const SCANNER = 60

/**
 * Where scans arrive. It has the focus whenever nobody is at a button with the keyboard, and what is typed there goes into
 * it as well. On a tablet it opens no keyboard on the screen unless that was asked for.
 */
export function ScanField({
  take,
  isTyping,
  bench,
}: {
  take: (line: string) => void
  isTyping: boolean
  bench: BenchState
}) {
  const { own } = useSpeaking()
  const field = useRef<HTMLInputElement>(null)
  const lastKey = useRef(0)
  useEffect(() => {
    const focus = () => field.current?.focus({ preventScroll: true })
    const isText = (key: string) => key.length === 1 && key !== ' '
    const typed = (event: globalThis.KeyboardEvent) => {
      if (event.target !== field.current && isText(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey)
        focus()
    }
    const clicked = (event: Event) => {
      // A list that drops down closes when it loses the focus.
      if (!(event.target instanceof HTMLSelectElement)) focus()
    }
    const left = () => {
      if (document.activeElement === document.body || document.activeElement === null) focus()
    }
    const leaving = () => setTimeout(left)
    const back = () => {
      if (document.visibilityState === 'visible') focus()
    }
    focus()
    addEventListener('keydown', typed, true)
    addEventListener('click', clicked)
    addEventListener('change', focus)
    addEventListener('focusout', leaving)
    addEventListener('focus', left)
    document.addEventListener('visibilitychange', back)
    return () => {
      removeEventListener('keydown', typed, true)
      removeEventListener('click', clicked)
      removeEventListener('change', focus)
      removeEventListener('focusout', leaving)
      removeEventListener('focus', left)
      document.removeEventListener('visibilitychange', back)
    }
  }, [])
  useEffect(() => {
    // The keyboard on the screen comes and goes with the focus only.
    field.current?.blur()
    field.current?.focus({ preventScroll: true })
  }, [isTyping])
  const pressed = (event: KeyboardEvent<HTMLInputElement>) => {
    const { currentTarget, key, timeStamp } = event
    const isScanner = timeStamp - lastKey.current < SCANNER
    lastKey.current = timeStamp
    // Some scanners end with a Tab; a person leaves by it.
    if (key !== 'Enter' && !(key === 'Tab' && isScanner && currentTarget.value !== '')) return
    event.preventDefault()
    const line = currentTarget.value
    currentTarget.value = ''
    take(line)
  }
  return (
    <div className={`scan-bar ${bench.job.kind}`}>
      <Mode job={bench.job} endsAt={bench.endsAt} />
      <input
        ref={field}
        className="scan-field mono"
        aria-label={own.scanHere}
        placeholder={own.scanHere}
        inputMode={isTyping ? 'text' : 'none'}
        autoComplete="off"
        autoCapitalize="off"
        autoCorrect="off"
        spellCheck={false}
        maxLength={4096}
        enterKeyHint="done"
        onKeyDown={pressed}
      />
    </div>
  )
}
