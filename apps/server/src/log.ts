import { type Logger, pino } from 'pino'

/** The service's log: JSON lines on standard error, without headers that carry secrets. */
export const openLog = (level: string): Logger =>
  pino(
    { level, base: null, redact: ['req.headers.authorization', 'req.url'], timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: false }),
  )
