import type { LogEntry, Run } from '@eims/contracts'

export interface NewLog {
  nodeId: string
  runId: string
  actionId: string
  attempt: number
  /** ISO, the agent's clock */
  at: string
  stream: LogEntry['stream']
  text: string
  /** of the one that stands for lines which are dropped: how many, and how many bytes of earlier last lines stay */
  gap?: { dropped: number; keep: number | null }
}

/** What a line takes besides its text: its row and its three index entries. */
export const LINE_BYTES = 200

const KB = 1024

/** What is kept of the lines that machines say, in bytes. */
export interface LogLimits {
  /** an attempt's first lines: a report as large as any (500 lines of 4096 characters) is among them */
  head: number
  /** an attempt's last lines; up to twice as many stand there between two trims */
  tail: number
  /** of a report that comes when the first lines are full, while its action goes on: they replace one another */
  report: number
  /** a run's first lines, all attempts together; by whether a person registered its machine */
  run: { registered: number; unregistered: number }
  /** an attempt's last lines in a run that has used up the rest */
  least: number
}

export const LOG_LIMITS: LogLimits = {
  head: 2560 * KB,
  tail: 256 * KB,
  report: 4 * KB,
  run: { registered: 8192 * KB, unregistered: 3072 * KB },
  least: 32 * KB,
}

/** What is stored of a report's lines, and what its attempt has then. */
export interface KeptLines {
  lines: NewLog[]
  log: { bytes: number; tail: number }
}

/**
 * PURE: which lines of a report are kept. The first of an attempt as long as there is room, then the last of each report,
 * which take one another's place; between the two stands one that counts what was dropped.
 * @param of.run        with what each of its attempts has so far
 * @param of.ends       the report is its attempt's last one
 * @param of.registered a person registered its machine
 */
export function keepLines(
  lines: NewLog[],
  of: { run: Run; ends: boolean; registered: boolean },
  limits: LogLimits = LOG_LIMITS,
): KeptLines {
  const { actionId, attempt } = lines[0] ?? { actionId: '', attempt: 0 }
  const attempts = of.run.actions.flatMap((action) =>
    action.attempts.map((each) => ({ id: action.definition.id, each })),
  )
  const own = attempts.find(({ id, each }) => id === actionId && each.number === attempt)?.each.log
  const { bytes, tail } = own ?? { bytes: 0, tail: 0 }
  const ofRun = attempts.reduce((sum, { each }) => sum + (each.log?.bytes ?? 0), 0)
  const runRoom = limits.run[of.registered ? 'registered' : 'unregistered'] - ofRun

  const headRoom = tail > 0 ? 0 : Math.min(limits.head - bytes, runRoom)
  const head = lines.slice(0, fitting(lines, headRoom))
  const rest = lines.slice(head.length)
  const headBytes = bytes + sizeOf(head)
  const [first] = rest
  if (!first) return { lines: head, log: { bytes: headBytes, tail } }

  const room = runRoom > 0 ? limits.tail : limits.least
  const most = of.ends ? room : Math.min(room, limits.report)
  const last = rest.slice(rest.length - Math.max(1, fitting(rest.toReversed(), most)))
  const added = sizeOf(last)
  const keep = tail + added > 2 * room ? Math.max(0, room - added) : null
  const gap: NewLog = { ...first, stream: 'agent', text: '', gap: { dropped: rest.length - last.length, keep } }
  const newTail = (keep === null ? tail : Math.min(tail, keep)) + added
  return { lines: [...head, gap, ...last], log: { bytes: headBytes - tail + newTail, tail: newTail } }
}

const lineSize = ({ text }: NewLog) => Buffer.byteLength(text) + LINE_BYTES
const sizeOf = (lines: NewLog[]) => lines.reduce((sum, line) => sum + lineSize(line), 0)

/** How many of the lines, from the first on, fit. */
function fitting(lines: NewLog[], room: number): number {
  let left = room
  const beyond = lines.findIndex((line) => {
    left -= lineSize(line)
    return left < 0
  })
  return beyond === -1 ? lines.length : beyond
}
