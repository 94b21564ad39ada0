import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { placeBeside } from '../beside.ts'

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')
const file = (text: string) => ({ text, digest: digestOf(text) })
const runtime = file('runtime')
const tool = file('tool')
const former = file('of the Micro-OS before')
const unwanted = file('of the one before that')

await t.test('what is wanted is there and whole, what nothing asks for is gone', async (t) => {
  const { from, folder } = await folders(t.testdir())
  await writeFile(join(folder, runtime.digest), 'half a runt')
  await writeFile(join(folder, former.digest), former.text)
  await writeFile(join(folder, unwanted.digest), unwanted.text)
  await placeBeside(from, folder, [runtime.digest, tool.digest], [former.digest])
  t.strictSame((await readdir(folder)).sort(), [runtime, tool, former].map(({ digest }) => digest).sort())
  t.equal(await readFile(join(folder, runtime.digest), 'utf8'), 'runtime')
})

await t.test('several at once do not disturb each other', async (t) => {
  const { from, folder } = await folders(t.testdir())
  await Promise.all([1, 2, 3, 4, 5].map(() => placeBeside(from, folder, [runtime.digest, tool.digest], [])))
  t.strictSame((await readdir(folder)).sort(), [runtime.digest, tool.digest].sort())
})

await t.test('what another one is writing stays; what a killed one left goes', async (t) => {
  const { from, folder } = await folders(t.testdir())
  for (const name of ['.writing-now', '.writing-abandoned']) await mkdir(join(folder, name))
  const yesterday = new Date(Date.now() - 24 * 3600 * 1000)
  await utimes(join(folder, '.writing-abandoned'), yesterday, yesterday)
  await placeBeside(from, folder, [runtime.digest], [])
  t.strictSame((await readdir(folder)).sort(), ['.writing-now', runtime.digest])
})

async function folders(dir: string): Promise<{ from: string; folder: string }> {
  const [from, folder] = [join(dir, 'from'), join(dir, 'tools')]
  for (const each of [from, folder]) await mkdir(each)
  for (const { text, digest } of [runtime, tool]) await writeFile(join(from, digest), text)
  return { from, folder }
}
