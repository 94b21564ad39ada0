import { Link } from 'wouter'
import { addresses } from '../addresses.ts'
import { useSendings } from '../server/sending.ts'
import { useWords } from './language.tsx'

/** How far the files are that this window sends, on whatever page one is; nothing while it sends none. */
export function SendingLine() {
  const words = useWords()
  const sendings = useSendings()
  if (sendings.length === 0) return null
  const sum = (of: (each: (typeof sendings)[number]) => number) => sendings.reduce((all, each) => all + of(each), 0)
  const share = sum(({ received }) => received) / sum(({ size }) => size)
  const needsPerson = sendings.some(({ state }) => state === 'stopped')
  const text = words.sending(Math.floor(share * 100))
  return (
    <Link href={addresses.images} className={needsPerson ? 'sending-line wrong' : 'sending-line'}>
      <span>{text}</span>
      <progress value={share} aria-label={text} />
    </Link>
  )
}
