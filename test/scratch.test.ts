import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { scratchFolder } from './scratch.ts'

const TMPFS_MAGIC = 0x01021994

await t.test('in memory where there is enough, open to every account, until its process ends', async (t) => {
  if (process.getuid?.() !== 0) return t.pass('only root mounts file systems', { skip: true })
  const parent = t.testdir()
  const script = `import { statfsSync, statSync } from 'node:fs'
    import { scratchFolder } from '${join(import.meta.dirname, 'scratch.ts')}'
    const folder = scratchFolder('${parent}', 1)
    console.log(folder, statfsSync(folder).type, statSync(folder).mode & 0o7777)`
  const { stdout, pid } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  t.equal(stdout, `${parent}/eims-tests-${pid} ${TMPFS_MAGIC} ${0o1777}\n`)
  t.strictSame(readdirSync(parent), [])
})

await t.test('what a killed run left goes, what a living one has stays', async (t) => {
  // a higher number than the kernel gives to any process
  const parent = t.testdir({ 'eims-tests-4194305': { cluster: '' }, [`eims-tests-${process.ppid}`]: {}, theirs: '' })
  t.equal(scratchFolder(parent, 2 ** 60), parent, 'there is too little memory')
  t.strictSame(readdirSync(parent).sort(), [`eims-tests-${process.ppid}`, 'theirs'])
})
