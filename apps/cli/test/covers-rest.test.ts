import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { routes } from '@eims/contracts'
import t from 'tap'

/** `images add` sends a file in parts, which does more; sessions are a browser's. */
const OTHERWISE = ['uploadImage', 'signIn', 'getSession', 'signOut']

/** Streams are not called by the typed client: their paths stand in the code. */
await t.test('whatever the REST interface can do, a verb can do', async (t) => {
  const src = resolve(import.meta.dirname, '../src')
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const code = files.map((file) => readFileSync(join(src, file), 'utf8')).join('\n')
  const missing = Object.entries(routes)
    .filter(([name, { listener }]) => listener === 'admin' && !OTHERWISE.includes(name))
    .filter(
      ([name, { path }]) =>
        !new RegExp(`'${name}'|routes\\.${name}\\b`).test(code) &&
        !code.includes(`'${path}`) &&
        !code.includes(`\`${path}`),
    )
    .map(([name]) => name)
  t.strictSame(missing, [])
})
