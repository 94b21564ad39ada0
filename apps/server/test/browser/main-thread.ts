import type { Browser, Page } from 'playwright-core'

/** What a page's main thread did: milliseconds. */
interface MainThread {
  /** its longest tasks, the longest first: by the clock on the wall, and what each computed of it */
  longest: { wall: number; cpu: number }[]
  /** tasks of more than 50 ms on the wall, and by what they computed */
  long: { wall: number; cpu: number }
  /** what it computed in a second */
  cpuPerSecond: number
}

interface TraceEvent {
  name: string
  ph: string
  pid: number
  tid: number
  /** microseconds */
  ts: number
  dur?: number
  tdur?: number
  args?: { name?: string }
}

/** W3C Long Tasks: whatever is longer is felt. */
const LONG = 50

/** Looks at all tasks of the page's main thread while something is done. */
export async function mainThread(browser: Browser, page: Page, during: () => Promise<void>): Promise<MainThread> {
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] })
  const began = performance.now()
  await during()
  const seconds = (performance.now() - began) / 1000
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
  const events = trace.traceEvents
  const mains = events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
  const threads = new Set(mains.map(({ pid, tid }) => `${pid} ${tid}`))
  const tasks = events.filter(({ name, pid, tid }) => name === 'RunTask' && threads.has(`${pid} ${tid}`))
  const times = tasks.map(({ dur = 0, tdur = 0 }) => ({ wall: dur / 1000, cpu: tdur / 1000 }))
  return {
    longest: times.toSorted((a, b) => b.wall - a.wall).slice(0, 5),
    long: { wall: times.filter(({ wall }) => wall > LONG).length, cpu: times.filter(({ cpu }) => cpu > LONG).length },
    cpuPerSecond: times.reduce((sum, { cpu }) => sum + cpu, 0) / seconds,
  }
}
