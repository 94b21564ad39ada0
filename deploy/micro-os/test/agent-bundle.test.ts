import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { bundleAgent } from '../agent-bundle.ts'
import { folder } from './built.ts'

await t.test('a bundle is one file that runs by itself, the same bytes each time', async (t) => {
  const work = await folder(t)
  const entry = join(work, 'main.ts')
  writeFileSync(join(work, 'greeting.ts'), 'export const greeting: string = "hello"\n')
  writeFileSync(entry, 'import { greeting } from "./greeting.ts"\nconsole.log(greeting, await Promise.resolve(1))\n')
  for (const name of ['one.mjs', 'two.mjs']) await bundleAgent({ entry, outFile: join(work, name) })
  t.strictSame(readFileSync(join(work, 'one.mjs')), readFileSync(join(work, 'two.mjs')))
  const alone = join(await folder(t), 'agent.mjs')
  cpSync(join(work, 'one.mjs'), alone)
  t.equal(execFileSync(process.execPath, [alone], { encoding: 'utf8' }), 'hello 1\n')
})

await t.test('a missing source is named', async (t) => {
  const work = await folder(t)
  await t.rejects(bundleAgent({ entry: join(work, 'gone.ts'), outFile: join(work, 'out.mjs') }), /gone\.ts/)
})
