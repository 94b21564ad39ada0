import { useEffect, useState } from 'react'
import { look } from './look.ts'

/**
 * The time, anew at the beginning of each second, in milliseconds since 1970.
 * @param ahead milliseconds by which this screen's clock is behind the one that counts
 */
export function useSecond(ahead: number): number {
  const second = () => Math.floor((Date.now() + ahead) / 1000) * 1000
  const [now, setNow] = useState(second)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    const tick = () => {
      setNow(second())
      timer = setTimeout(tick, 1000 - ((Date.now() + ahead) % 1000))
    }
    tick()
    return () => clearTimeout(timer)
  }, [ahead])
  return now
}

/** The time of day. */
export function Clock({ ahead }: { ahead: number }) {
  const now = useSecond(ahead)
  const text = new Date(now).toLocaleTimeString(look.language, {
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  return (
    <time className="clock" dateTime={new Date(now).toISOString()}>
      {text.slice(0, -3)}
      <span>{text.slice(-3)}</span>
    </time>
  )
}
