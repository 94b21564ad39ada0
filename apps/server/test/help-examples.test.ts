import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { anObject } from './support/addon-archive.ts'
import { startDatabases } from './support/databases.ts'
import { addProfile, openSite } from './support/site.ts'

// docs/cli.md is the help of every verb, word by word; what it shows as an example must work as it stands.

const { fresh } = await startDatabases(t)
const root = resolve(import.meta.dirname, '../../..')

/** A verb's section of docs/cli.md: its name and its help. */
const sections = [
  ...readFileSync(resolve(root, 'docs/cli.md'), 'utf8').matchAll(/^### eims (.+)\n\n```text\n([^`]*)```/gm),
].map(([, name = '', help = '']) => ({ name, help }))

/** The words of a line as a shell takes them apart, with nothing in it but single and double quotes. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare ?? '')

/** What never ends is not run to its end. */
const endless = (words: string[]) => words.includes('--watch') || words[0] === 'events'

/** Boot files are not here; apps/cli/test/boot-media-customize.test.ts runs it beside some. */
const wantsBootFiles = (words: string[]) => words[0] === 'boot-media'

const examples = sections.flatMap(({ name, help }) => {
  const whole = [...help.matchAll(/^(?:Example: | {2})\.\/eims (.+)$/gm)].map(([, line = '']) => wordsOf(line))
  const flags = [...help.matchAll(/^ {2}(?:-o, )?(--(?:filter|order-by|columns)) [A-Z]+\s+((?:.|\n {8})*)/gm)].flatMap(
    ([, flag = '', says = '']) => {
      const [, quoted, double, bare] = /e\.g\. (?:'([^']*)'|"([^"]*)"|(\S+))/.exec(says.replaceAll(/\s+/g, ' ')) ?? []
      const value = quoted ?? double ?? bare
      return value === undefined ? [] : [[...name.split(' '), flag, value]]
    },
  )
  return [...whole, ...flags]
})

await t.test('every example of the help does what it says', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db, 'kiosk')
  await addProfile(site.db, 'edge')
  await site.api('addBatch', { body: { name: 'lot-7' } })
  await site.api('addNode', { body: { serial: 'PF4ABC', batch: 'lot-7' } })
  const cwd = t.testdir()
  // The document that the help of apply shows.
  const [, document = ''] =
    /: *\n\n((?: {2}.+\n)+)/.exec(sections.find(({ name }) => name === 'apply')?.help ?? '') ?? []
  const put = (name: string, text: string) => writeFileSync(join(cwd, name), text)
  put('nodes.yaml', document.replace(/^ {2}/gm, ''))
  put('site.yaml', 'operatingSystem: {ntpServers: [192.0.2.1]}\n')
  put('registries.yaml', 'mirrors: {}\n')
  put('tigera-operator.yaml', anObject('tigera'))
  put('calico-images.tar.zst', 'images')
  put('SHA256SUMS', `${hash('sha256', 'images')}  calico-images.tar.zst\n`)
  const env = { ...process.env, HOME: cwd, EIMS_SERVER: site.admin, EIMS_KEY: site.keys.admin }
  const run = (words: string[]) =>
    new Promise<{ code: number; out: string; said: string }>((done) => {
      const argv = [resolve(root, 'apps/cli/src/main.ts'), ...words]
      execFile(process.execPath, argv, { env, cwd, timeout: 60_000 }, (error, out, said) =>
        done({ code: error ? Number(error.code ?? -1) : 0, out, said }),
      )
    })
  t.ok(examples.length >= 29, `${examples.length} examples were found`)
  for (const words of examples.filter((each) => !endless(each) && !wantsBootFiles(each))) {
    const { code, said } = await run(words)
    t.strictSame({ code, said }, { code: 0, said: '' }, words.join(' '))
  }
  const found = await run(['nodes', 'list', '-o', 'name', '--filter', 'serial = PF4* AND NOT profile:kiosk'])
  t.equal(found.out, 'node-pf4abc\n', 'a star in a filter stands for anything')
})
