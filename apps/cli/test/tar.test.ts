import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { tarEnd, tarFile } from '../src/tar.ts'

await t.test('tar itself reads it', async (t) => {
  const dir = t.testdir()
  const text = 'x'.repeat(512)
  const files: [string, string][] = [
    ['pos-1/log.txt', 'ü\n'],
    ['pos-1/empty', ''],
    [`${'n'.repeat(63)}/block`, text],
  ]
  const archive = Buffer.concat([
    ...files.map(([name, content]) => tarFile(name, Buffer.from(content), 1_795_000_000.7)),
    tarEnd(),
  ])
  t.equal(archive.length % 512, 0)
  writeFileSync(join(dir, 'a.tar'), archive)
  t.strictSame(
    execFileSync('tar', ['tf', 'a.tar'], { cwd: dir, encoding: 'utf8' }).trim().split('\n'),
    files.map(([name]) => name),
  )
  execFileSync('tar', ['xf', 'a.tar', '--no-same-owner'], { cwd: dir })
  for (const [name, content] of files) t.equal(readFileSync(join(dir, name), 'utf8'), content)
  t.throws(() => tarFile('n'.repeat(101), Buffer.alloc(0), 0), /too long/)
})
