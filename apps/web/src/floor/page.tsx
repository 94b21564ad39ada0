import type { Session } from '@eims/contracts'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { useRemembered } from '../server/remembered.ts'
import { useTheme } from '../shown/theme.ts'
import { Answer } from './answer.tsx'
import { type Floor, openFloor, readSession } from './open.ts'
import { Recent } from './recent.tsx'
import { ScanField } from './scan-field.tsx'
import { SignIn } from './sign-in.tsx'
import { play, wakeByGesture } from './sound.ts'
import { useSpeaking } from './speaking.tsx'
import { soundOf } from './told.ts'
import { TopBar } from './top-bar.tsx'

/** Waits for its turn: another tab may have the floor open, and two would send the same scans. */
export function FloorPage() {
  const { own, words } = useSpeaking()
  const [floor, setFloor] = useState<Floor | null>(null)
  const [session, setSession] = useState<Session | null | undefined>(undefined)
  const [hasWaited, setHasWaited] = useState(false)
  useTheme()
  useEffect(() => {
    document.title = `${own.title} · eims`
  }, [own])
  useEffect(wakeByGesture, [])
  useEffect(() => {
    const over = new AbortController()
    const hold = () => {
      setFloor(openFloor())
      return new Promise<never>(() => {})
    }
    void navigator.locks.request('eims.floor', { signal: over.signal }, hold).catch(() => {})
    const timer = setTimeout(() => setHasWaited(true), 500)
    return () => {
      over.abort()
      clearTimeout(timer)
    }
  }, [])
  useEffect(() => {
    if (!floor) return
    let isOver = false
    const ask = async () => {
      while (!isOver)
        try {
          return setSession(await readSession())
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 2000))
        }
    }
    void ask()
    return () => {
      isOver = true
    }
  }, [floor])
  useEffect(() => {
    if (floor && session !== undefined) floor.bench.signedIn(session)
  }, [floor, session])
  if (floor && session !== undefined) return <Open floor={floor} />
  if (!hasWaited) return null
  return (
    <main className="floor-alone">
      <h1>{floor ? words.unreachable : own.elsewhere}</h1>
      <p>{floor ? words.unreachableHelp : own.elsewhereHelp}</p>
    </main>
  )
}

const isSwitch = (text: string): text is 'on' | 'off' => text === 'on' || text === 'off'

function Open({ floor }: { floor: Floor }) {
  const { own, language } = useSpeaking()
  const queue = useSyncExternalStore(floor.queue.subscribe, floor.queue.state)
  const bench = useSyncExternalStore(floor.bench.subscribe, floor.bench.state)
  const [sound, setSound] = useRemembered('sound', isSwitch, 'on')
  const [isTyping, setTyping] = useState(false)
  useEffect(() => floor.speak(language), [floor, language])
  const heard = soundOf(bench.shown, queue)
  const told = `${heard} ${JSON.stringify(bench.shown)}`
  useEffect(() => {
    if (heard && sound === 'on') play(heard)
    // One sound for each thing that is told, and none for what is shown anew.
  }, [told])
  const { session } = bench
  if (!session || queue.by === null)
    return <SignIn signIn={floor.signIn} waiting={queue.scans.filter(({ outcome }) => outcome === null).length} />
  const foreign = queue.scans.find(({ by, outcome }) => by !== queue.by && outcome === null)
  return (
    <div className="floor">
      <TopBar
        floor={floor}
        session={session}
        queue={queue}
        sound={{ isOn: sound === 'on', turn: () => setSound(sound === 'on' ? 'off' : 'on') }}
        typing={{ isOn: isTyping, turn: () => setTyping(!isTyping) }}
      />
      <main>
        <h1 className="hidden">{own.title}</h1>
        <ScanField take={(line) => floor.bench.take(line)} isTyping={isTyping} bench={bench} />
        {floor.keeps ? null : <p className="floor-note">{own.keepsNothing}</p>}
        {foreign ? (
          <p className="floor-note">
            {own.foreign(String(queue.scans.filter(({ by }) => by === foreign.by).length), foreign.by)}
            <button type="button" className="floor-button" onClick={() => floor.queue.dropForeign()}>
              {own.dropForeign}
            </button>
          </p>
        ) : null}
        <div className="floor-told">
          <Answer shown={bench.shown} queue={queue} job={bench.job} />
          <Recent queue={queue} />
        </div>
      </main>
    </div>
  )
}
