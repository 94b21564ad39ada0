import { type Logger, pino } from 'pino'
import { journalLines } from './journal.ts'

/** Where the log goes: standard error, in whole writes. */
export interface LogSink {
  write(text: string): void
}

/**
 * The service's log, without headers that carry secrets: JSON lines, or lines with a priority where the journal takes them.
 * @param isJournal whether standard error leads to systemd's journal
 */
export function openLog(
  level: string,
  isJournal: boolean,
  sink: LogSink = pino.destination({ dest: 2, sync: false }),
): Logger {
  const stream = isJournal ? { write: (json: string) => sink.write(journalLines(json)) } : sink
  return pino(
    { level, base: null, redact: ['req.headers.authorization', 'req.url'], timestamp: pino.stdTimeFunctions.isoTime },
    stream,
  )
}
