import { useCallback, useSyncExternalStore } from 'react'

const PREFIX = 'eims.'
const listeners = new Set<() => void>()

const read = (name: string): string | null => {
  try {
    return localStorage.getItem(PREFIX + name)
  } catch {
    // A browser that keeps nothing for this page.
    return null
  }
}

/**
 * How somebody likes to see things, kept in this browser: never anything of the server's. What is stored and is none of
 * `choices` counts as nothing.
 */
export function useRemembered<T extends string>(
  name: string,
  isChoice: (text: string) => text is T,
  otherwise: T,
): [T, (value: T) => void] {
  const subscribe = useCallback((listener: () => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }, [])
  const text = useSyncExternalStore(subscribe, () => read(name))
  const remember = (value: T) => {
    try {
      localStorage.setItem(PREFIX + name, value)
    } catch {
      // As above: it is as it was after the next load.
    }
    for (const listener of listeners) listener()
  }
  return [text !== null && isChoice(text) ? text : otherwise, remember]
}
