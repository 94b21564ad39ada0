import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import t from 'tap'

// One promise: `npm ci` takes the lock file on every machine. It refuses a lock that leaves out an optional package,
// also one for another platform, and npm leaves out what the registry of whoever wrote the lock did not have.

interface Lock {
  packages: Record<string, { version?: string; optionalDependencies?: Record<string, string> }>
}

const file = resolve(import.meta.dirname, '../package-lock.json')
const { packages } = JSON.parse(await readFile(file, 'utf8')) as Lock

await t.test('every optional package that a locked one names is locked', (t) => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies ?? {}).filter((name) => !locked(path, name)),
  )
  t.strictSame(missing, [])
  t.end()
})

/** As Node looks for it: from a package's own folder upwards. */
function locked(from: string, name: string): boolean {
  const above = from.split('/node_modules/').slice(0, -1).join('/node_modules/')
  return join(from, 'node_modules', name) in packages || (from !== '' && locked(above, name))
}
