import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tarEnd, tarEntry } from '@eims/contracts'
import t from 'tap'
import { type Entry, tarEntries } from '../src/backup/tar.ts'

const folder = mkdtempSync(join(tmpdir(), 'eims-tar-'))
t.teardown(() => rmSync(folder, { recursive: true }))

async function* inPieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function entriesOf(bytes: Buffer, size = 700): Promise<[string, string][]> {
  const all: Entry[] = []
  for await (const entry of tarEntries(inPieces(bytes, size))) all.push(entry)
  return all.map(({ name, bytes }) => [name, bytes.toString()])
}

const files: [string, string][] = [
  ['a.json', '{}\n'],
  ['tables/node/1', 'x'.repeat(512)],
  ['empty', ''],
  [`blobs/${'0'.repeat(64)}`, 'y'.repeat(1300)],
]
const archive = Buffer.concat([
  ...files.map(([name, text]) => tarEntry(name, Buffer.from(text), 1_800_000_000)),
  tarEnd,
])

await t.test('GNU tar reads it', async (t) => {
  const file = join(folder, 'ours.tar')
  writeFileSync(file, archive)
  t.equal(execFileSync('tar', ['tf', file], { encoding: 'utf8' }), files.map(([name]) => `${name}\n`).join(''))
  execFileSync('tar', ['xf', file, '-C', folder])
  for (const [name, text] of files) t.equal(readFileSync(join(folder, name), 'utf8'), text, name)
})

await t.test('it reads its own and GNU tar’s, however the bytes come', async (t) => {
  for (const size of [1, 511, 512, 100_000]) t.strictSame(await entriesOf(archive, size), files)
  const theirs = execFileSync('tar', ['cf', '-', '--format=ustar', '-C', folder, 'a.json', 'tables/node/1'])
  t.strictSame(await entriesOf(theirs), files.slice(0, 2))
})

await t.test('what is cut off, damaged or another thing is refused', async (t) => {
  const refused = (bytes: Buffer, message: RegExp) =>
    t.rejects(entriesOf(bytes), { code: 'backup-unreadable', message })
  await refused(archive.subarray(0, 1024 + 512 + 100), /was cut off .*truncated/)
  await refused(archive.subarray(0, archive.length - 1024), /was cut off .*truncated/)
  const damaged = Buffer.from(archive)
  damaged[3] = 0x21
  await refused(damaged, /no tar archive, was cut off or is damaged/)
  await refused(Buffer.alloc(2048, 'PK'), /no tar archive, was cut off or is damaged/)
  const folderEntry = execFileSync('tar', ['cf', '-', '--format=ustar', '--no-recursion', '-C', folder, 'tables'])
  await refused(folderEntry, /its entry "tables\/" is none of a backup/)
})
