import { useEffect, useState } from 'react'

/** Milliseconds without a key before the server is asked. */
const TYPING = 100

/** What is typed, once it has not changed for a moment. @param after that moment, in milliseconds */
export function useSettled<T>(typed: T, after = TYPING): T {
  const [settled, settle] = useState(typed)
  useEffect(() => {
    if (typed === settled) return
    const timer = setTimeout(() => settle(typed), after)
    return () => clearTimeout(timer)
  }, [typed, settled, after])
  return settled
}
