import { ago, useNow } from './figures.ts'
import { useSpeaking } from './language.tsx'

/** How long ago something was; the exact time is at its element. */
export function Ago({ at }: { at: string | null }) {
  const { language, words } = useSpeaking()
  const now = useNow(20_000)
  if (at === null) return <span className="dim">{words.never}</span>
  return (
    <time dateTime={at} title={new Date(at).toLocaleString(language)}>
      {ago(Date.parse(at), now, language, words.justNow)}
    </time>
  )
}

/** A time of day; with its date unless it is today's. */
export function Clock({ at, seconds = false }: { at: string; seconds?: boolean }) {
  const { language } = useSpeaking()
  const date = new Date(at)
  const isToday = date.toDateString() === new Date().toDateString()
  const text = date.toLocaleString(language, {
    ...(isToday ? {} : { day: '2-digit', month: 'short' }),
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
    ...(seconds ? { second: '2-digit' } : {}),
  })
  return (
    <time dateTime={at} title={date.toLocaleString(language)}>
      {text}
    </time>
  )
}
