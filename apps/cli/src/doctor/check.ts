/** One thing that was looked at. `ok` needs nothing, `warn` will hurt some day or some machines, `fail` stops the work. */
export interface Check {
  /** what was looked at: `ports on eth1`, `clock` */
  name: string
  result: 'ok' | 'warn' | 'fail'
  says: string
  /** what to do; null when there is nothing to do */
  remedy: string | null
}

export const ok = (name: string, says: string): Check => ({ name, result: 'ok', says, remedy: null })
export const warn = (name: string, says: string, remedy: string): Check => ({ name, result: 'warn', says, remedy })
export const fail = (name: string, says: string, remedy: string): Check => ({ name, result: 'fail', says, remedy })
