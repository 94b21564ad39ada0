import { execFileSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { tarEnd, tarEntry } from '../src/index.ts'

await t.test('tar itself reads it', async (t) => {
  const dir = t.testdir()
  const text = 'x'.repeat(512)
  const files: [string, string][] = [
    ['pos-1/log.txt', 'ü\n'],
    ['pos-1/empty', ''],
    [`${'n'.repeat(63)}/block`, text],
  ]
  const archive = Buffer.concat([
    ...files.map(([name, content]) => tarEntry(name, Buffer.from(content), 1_795_000_000.7, 0o644)),
    tarEnd,
  ])
  t.equal(archive.length % 512, 0)
  writeFileSync(join(dir, 'a.tar'), archive)
  t.strictSame(
    execFileSync('tar', ['tf', 'a.tar'], { cwd: dir, encoding: 'utf8' }).trim().split('\n'),
    files.map(([name]) => name),
  )
  execFileSync('tar', ['xf', 'a.tar', '--no-same-owner'], { cwd: dir })
  for (const [name, content] of files) t.equal(readFileSync(join(dir, name), 'utf8'), content)
  const { mode, mtimeMs } = statSync(join(dir, 'pos-1/log.txt'))
  t.strictSame([mode & 0o777, mtimeMs], [0o644, 1_795_000_000_000])
  t.throws(() => tarEntry('n'.repeat(101), Buffer.alloc(0), 0), /too long/)
})
