import { useEffect, useState } from 'react'
import { useSpeaking } from './language.tsx'

/** A number as people of that language write it. */
export const useCount = (): ((count: number) => string) => {
  const { language } = useSpeaking()
  const format = new Intl.NumberFormat(language)
  return (count) => format.format(count)
}

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** PURE: `3 minutes ago`; `now` is `justNow`. */
export function ago(at: number, now: number, language: string, justNow: string): string {
  const seconds = Math.round((now - at) / 1000)
  const [unit, length] = units.find(([, length]) => Math.abs(seconds) >= length) ?? [null, 1]
  if (unit === null) return justNow
  return new Intl.RelativeTimeFormat(language, { style: 'short' }).format(-Math.round(seconds / length), unit)
}

/** The time, renewed every so many milliseconds. */
export function useNow(every: number): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every)
    return () => clearInterval(timer)
  }, [every])
  return now
}
