import { type CallInput, type ImageUpload, ProblemError, unlessMissing } from '@eims/contracts'
import { useSyncExternalStore } from 'react'
import { reading, readings, server } from './client.ts'
import { FIRST_PART, nextPart } from './sending-parts.ts'

/** Milliseconds until the next try after one that brought nothing; the last one counts on. */
const PAUSES = [500, 1000, 2000, 4000, 8000, 15_000, 30_000]
/** Milliseconds that a part has; it is so large that it takes about one second. */
const PART_TIMEOUT = 60_000

export type Described = Omit<CallInput<'beginUpload'>['body'], 'size' | 'fingerprint'>

/** An image file that this window sends. It goes on whatever page is shown, for as long as the window is open. */
export interface Sending {
  readonly key: number
  readonly name: string
  /** of the file, in bytes; and how many the server has for sure */
  readonly size: number
  readonly received: number
  readonly fingerprint: string
  /** `broken`: it tries again by itself; `stopped`: it does not, and a person has to do something */
  readonly state: 'waiting' | 'sending' | 'paused' | 'broken' | 'stopped'
  /** why it is broken or stopped */
  readonly wrong: unknown
  /** bytes a second; null: not known yet */
  readonly rate: number | null
  /** of the server's upload; null: not begun */
  readonly id: string | null
}

interface Source {
  file: File
  /** null: it was begun elsewhere, and only its rest is sent here */
  described: Described | null
}

let all: readonly Sending[] = []
const sources = new Map<number, Source>()
const listeners = new Set<() => void>()
let lastKey = 0
let working: { key: number; stop: AbortController; wake: () => void } | null = null

const keepOpen = (event: BeforeUnloadEvent) => event.preventDefault()

function set(to: readonly Sending[]): void {
  all = to
  // Only while there is something to lose: a page with such a listener is not kept for the way back.
  const matters = all.some(({ state }) => state !== 'paused' && state !== 'stopped')
  window[matters ? 'addEventListener' : 'removeEventListener']('beforeunload', keepOpen)
  for (const listener of listeners) listener()
}

const change = (key: number, to: Partial<Sending>) =>
  set(all.map((each) => (each.key === key ? { ...each, ...to } : each)))

const stateOf = (key: number) => all.find((each) => each.key === key)

/** What this window sends, in its order. */
export const useSendings = (): readonly Sending[] =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => all,
  )

/** Sends a file as soon as those before it are sent. @param fingerprint of `fileFingerprint` */
export function sendFile(file: File, fingerprint: string, described: Described): void {
  add({ file, described }, { name: described.name, fingerprint, received: 0, id: null })
}

/** Sends the rest of a file of which the server has a part. */
export function sendRest(file: File, fingerprint: string, { id, name, received }: ImageUpload): void {
  add({ file, described: null }, { name, fingerprint, received, id })
}

function add(source: Source, of: Pick<Sending, 'name' | 'fingerprint' | 'received' | 'id'>): void {
  const key = ++lastKey
  sources.set(key, source)
  set([...all, { ...of, key, size: source.file.size, state: 'waiting', wrong: null, rate: null }])
  next()
}

export function pause(key: number): void {
  change(key, { state: 'paused', wrong: null, rate: null })
  if (working?.key === key) working.stop.abort()
}

/** Goes on with one that pauses or was stopped, or tries at once instead of later. */
export function goOn(key: number): void {
  if (working?.key === key && stateOf(key)?.state === 'broken') working.wake()
  else {
    change(key, { state: 'waiting', wrong: null })
    next()
  }
}

/** Ends one, and removes what the server has of it. */
export async function giveUp(key: number): Promise<void> {
  const id = stateOf(key)?.id ?? null
  forget(key)
  if (id !== null) await server('deleteUpload', { params: { id } }).catch(unlessMissing)
  await readings.invalidateQueries({ queryKey: reading.images })
}

/** Whoever signs out takes the files along; what the server has of them stays there, and can be gone on with. */
export function forgetSendings(): void {
  for (const { key } of all) forget(key)
}

/** This window sends it no more; what the server has of it stays. */
export function forget(key: number): void {
  sources.delete(key)
  set(all.filter((each) => each.key !== key))
  if (working?.key === key) working.stop.abort()
}

// The network is back, as far as the browser can tell.
window.addEventListener('online', () => working?.wake())

/** One after another: two at once would each take twice as long, and the server makes their images one after another. */
function next(): void {
  if (working) return
  const first = all.find(({ state }) => state === 'waiting')
  if (!first) return
  const mine = { key: first.key, stop: new AbortController(), wake: () => {} }
  working = mine
  void send(first.key, mine.stop.signal).finally(() => {
    working = null
    next()
  })
}

async function send(key: number, signal: AbortSignal): Promise<void> {
  for (let fruitless = 0; !signal.aborted; ) {
    const before = stateOf(key)?.received ?? 0
    try {
      change(key, { state: 'sending', wrong: null })
      await sendWhole(key, signal)
      forget(key)
      return void readings.invalidateQueries({ queryKey: reading.images })
    } catch (wrong) {
      if (signal.aborted) return
      if (!mayPass(wrong)) return change(key, { state: 'stopped', wrong, rate: null })
      change(key, { state: 'broken', wrong, rate: null })
    }
    fruitless = (stateOf(key)?.received ?? 0) > before ? 0 : fruitless + 1
    await untilWoken(PAUSES[Math.min(fruitless, PAUSES.length - 1)]!, signal)
  }
}

async function sendWhole(key: number, signal: AbortSignal): Promise<void> {
  const { file, described } = sources.get(key)!
  const { id, size, fingerprint } = stateOf(key)!
  const found = id === null ? null : await server('getUpload', { params: { id } }, { signal }).catch(unlessMissing)
  // All of it was there: it has become an image, and only the reply was lost.
  if (id !== null && found === null && stateOf(key)!.received === size) return
  if (!found && !described) throw new ProblemError('not-found', `there is no upload ${id} any more`)
  let upload = found ?? (await server('beginUpload', { body: { ...described!, size, fingerprint } }, { signal }))
  change(key, { id: upload.id, received: upload.received })
  for (let part = FIRST_PART; upload.received < size; ) {
    const offset = upload.received
    // Read first: a file that is gone is told from a cable that is.
    const bytes = await file.slice(offset, offset + part).arrayBuffer()
    const since = performance.now()
    upload = await server(
      'sendUpload',
      { params: { id: upload.id }, query: { offset } },
      { rawBody: bytes, signal, timeout: PART_TIMEOUT },
    )
    const took = performance.now() - since
    const now = (bytes.byteLength / took) * 1000
    const { rate } = stateOf(key)!
    change(key, { received: upload.received, rate: rate === null ? now : rate * 0.75 + now * 0.25 })
    part = nextPart(bytes.byteLength, took)
  }
  await server('finishUpload', { params: { id: upload.id } }, { signal })
}

/** Whether trying again may help: no answer, one of a server that just stops, or another idea of where to go on. */
function mayPass(wrong: unknown): boolean {
  if (wrong instanceof ProblemError)
    return ['image-unreadable', 'wrong-state', 'busy', 'database-down', 'too-slow', 'internal'].includes(wrong.code)
  return !isFileGone(wrong)
}

/** The file that was chosen cannot be read any more: it was moved, or written to. */
export const isFileGone = (wrong: unknown): boolean =>
  wrong instanceof DOMException && ['NotReadableError', 'NotFoundError'].includes(wrong.name)

/** So many milliseconds, unless it is woken before, or aborted. */
function untilWoken(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    const wake = () => {
      clearTimeout(timer)
      resolve()
    }
    if (working) working.wake = wake
    signal.addEventListener('abort', wake)
  })
}
