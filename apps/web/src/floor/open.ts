import type { Session } from '@eims/contracts'
import { floorWords } from '../words/floor.ts'
import type { Language } from '../words/spoken.ts'
import { Bench, byCode } from './bench.ts'
import { carryOut } from './carry-out.ts'
import { ScanQueue } from './queue.ts'
import { call, isThere, Refused, Unanswered } from './server.ts'

const SCANS = 'eims.floor.scans'
const BATCHES = 'eims.floor.batches'
/** Milliseconds between two looks whether the server is there, while nothing is sent that would tell. */
const LOOK_EVERY = 5000

/** The floor of this browser: its queue, its bench, and what it is told. */
export interface Floor {
  queue: ScanQueue
  bench: Bench
  /** whether a reload finds what waits */
  keeps: boolean
  /** in which words reasons are put into the registry */
  speak: (language: Language) => void
  signIn: (key: string) => Promise<void>
  signOut: () => Promise<void>
}

const kept = (name: string): string | null => {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

const keep = (name: string, text: string): boolean => {
  try {
    localStorage.setItem(name, text)
    return true
  } catch {
    return false
  }
}

/** Resolves after so many milliseconds, or when the browser is in a network again. */
const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      removeEventListener('online', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    addEventListener('online', done)
  })

/** Opens it; only one tab of a browser may, or two would send the same. */
export function openFloor(): Floor {
  let own = floorWords.en
  const queue: ScanQueue = new ScanQueue({
    kept: () => kept(SCANS),
    keep: (text) => void keep(SCANS, text),
    carryOut: (scan, note, scans) =>
      carryOut(scan, {
        holdReason: own.holdReason,
        outReason: (why) => own.outReason(own.out[why]),
        scan: (id) => scans.find((each) => each.id === id),
        note,
      }),
    isUnanswered: (error) => error instanceof Unanswered,
    pause,
    newId: () => crypto.randomUUID(),
    now: () => Date.now(),
  })
  const bench = new Bench(queue, {
    now: () => Date.now(),
    after: (milliseconds, then) => {
      const timer = setTimeout(then, milliseconds)
      return () => clearTimeout(timer)
    },
    batches: async () => {
      try {
        const { reply } = await call('listBatches', { query: { pageSize: '1000' } })
        const batches = reply.items.map(({ id, name }) => ({ id, name }))
        keep(BATCHES, JSON.stringify(batches))
        return { names: byCode(batches), isAnswered: true }
      } catch {
        return { names: byCode(JSON.parse(kept(BATCHES) ?? '[]') as { id: string; name: string }[]), isAnswered: false }
      }
    },
  })
  setInterval(() => void isThere().then((there) => queue.heard(there)), LOOK_EVERY)
  addEventListener('offline', () => queue.heard(false))
  return {
    queue,
    bench,
    keeps: keep('eims.floor.keeps', '1'),
    speak: (language) => {
      own = floorWords[language]
    },
    signIn: async (key) => bench.signedIn((await call('signIn', { body: { key } })).reply),
    signOut: async () => {
      await call('signOut').catch((error: unknown) => {
        if (!(error instanceof Refused)) throw error
      })
      bench.signedIn(null)
    },
  }
}

/** Who is signed in; null: nobody. @throws Unanswered */
export async function readSession(): Promise<Session | null> {
  try {
    return (await call('getSession')).reply
  } catch (error) {
    if (error instanceof Refused) return null
    throw error
  }
}
