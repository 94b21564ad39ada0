const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])
/** Prisma's codes for: unreachable, timed out, closed, no connection from the pool. */
const prismaCodes = new Set(['P1000', 'P1001', 'P1002', 'P1003', 'P1008', 'P1010', 'P1011', 'P1017', 'P2024'])
const adapterKinds = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TlsConnectionError',
  'AuthenticationFailed',
  'DatabaseAccessDenied',
  'DatabaseDoesNotExist',
])
/** Class 08 (connection), 57P (shutting down, starting up), 58 (its files). What it lacks is told by lack.ts. */
const sqlState = /^(08...|57P0[1-5]|58...)$/
const phrases =
  /connection terminated|connection ended|connection error|timeout exceeded when trying to connect|client has encountered a connection error|server closed the connection|unable to start a transaction in the given time/i

/** How pg's pool and Prisma's transactions say that no connection became free in time. */
const noneFree = /timeout exceeded when trying to connect|unable to start a transaction in the given time/i

/**
 * Whether an error means that all connections to the database were in use for too long: it answers, and others have
 * its attention. Nothing was begun. isDatabaseDown holds of it, too: for who must be heard it is the same.
 */
export function isPoolExhausted(error: unknown): boolean {
  return inCauses(
    error,
    ({ code, message }) => code === 'P2024' || (typeof message === 'string' && noneFree.test(message)),
  )
}

/**
 * Whether an error means that the database does not answer (as opposed to: it answered no), or ended over it.
 */
export function isDatabaseDown(error: unknown): boolean {
  return inCauses(
    error,
    ({ code, originalCode, kind, message, severity }) =>
      [code, originalCode].some((word) => typeof word === 'string' && isDownCode(word)) ||
      (typeof kind === 'string' && adapterKinds.has(kind)) ||
      (typeof message === 'string' && phrases.test(message)) ||
      severity === 'PANIC',
  )
}

/** Whether something holds of an error or of what caused it: Prisma wraps the driver's error at several depths. */
export function inCauses(error: unknown, holds: (each: Record<string, unknown>) => boolean): boolean {
  const seen = new Set<unknown>()
  const look = (value: unknown): boolean => {
    if (typeof value !== 'object' || value === null || seen.has(value) || seen.size > 20) return false
    seen.add(value)
    const each = value as Record<string, unknown>
    if (holds(each)) return true
    const { cause, meta, driverAdapterError, errors } = each
    return [cause, meta, driverAdapterError, ...(Array.isArray(errors) ? errors : [])].some(look)
  }
  return look(error)
}

const isDownCode = (code: string) => socketCodes.has(code) || prismaCodes.has(code) || sqlState.test(code)
