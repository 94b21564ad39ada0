import type { Action, RenderedWorkflow } from '@eims/contracts'
import t from 'tap'
import { plain, type Screen } from '../src/screen.ts'
import { imageLines, linesOf, planText } from '../src/workflow-text.ts'

const terminal: Screen = { columns: 80, rows: 24, colour: false }
const url = 'https://images.example/sample.raw.gz'
const standIns = [
  { path: '.node', value: 'sample', why: 'no machine is given' },
  { path: '.image.url', value: url, why: 'the machine’s profile says which image it gets' },
]
const action = (name: string, more: Partial<Action>): Action => ({
  id: name,
  task: 'os',
  name,
  uses: { kind: 'builtin', builtin: 'write-file' },
  with: {},
  env: {},
  timeout: 600,
  repeatable: true,
  ...more,
})
const image = { action: 'a', kind: 'disk', sha256: null, line: 1, column: 1 } as const

const rendered = (...actions: Action[]): RenderedWorkflow => ({
  node: null,
  disk: null,
  workflows: [
    {
      name: 'ubuntu',
      timeout: null,
      disabled: null,
      actions,
      disk: null,
      images: [{ ...image, url, image: null, why: 'it is not there', remedy: 'add it' }],
      report: 'none',
      reportWhy: 'nothing in the workflow says that the image has cloud-init',
      sources: { a: { line: 7, column: 3 }, 'a.contents': { line: 12, column: 5 } },
    },
  ],
  standIns,
  mistakes: [],
  warnings: [],
})
const linesWith = (text: string, screen: Screen, ...actions: Action[]) =>
  planText(rendered(...actions), 'ubuntu', screen)
    .split('\n')
    .filter((line) => line.includes(text))

await t.test('a long value is cut where the terminal ends, behind it stands where it comes from', async (t) => {
  const [line = ''] = linesWith('contents', terminal, action('a', { with: { contents: 'x'.repeat(500) } }))
  t.match(line, /^ {5}contents: x+… {2}\(line 12\)$/)
  t.equal(line.length, 80)
  const [whole] = linesWith('contents', plain, action('a', { with: { contents: 'x'.repeat(300) } }))
  t.equal(whole, `     contents: ${'x'.repeat(300)}  (line 12)`)
})

await t.test('nothing but values and notes is wider than the terminal', async (t) => {
  const text = planText(rendered(action('a', {})), 'ubuntu', terminal)
  t.strictSame(
    text.split('\n').filter((line) => line.length > 80),
    [],
  )
  t.match(text, '\nReport: none, nothing in the workflow says that the image has cloud-init; its\n        runs end')
})

await t.test('what is left open has no line', async (t) => {
  const text = planText(rendered(action('a', { with: { partition: null, devices: [], mode: '' } })), 'ubuntu', plain)
  t.notMatch(text, /partition|devices/)
  t.match(text, '     mode: ""  (line 7)')
})

await t.test('how often an action is tried stands behind its time', async (t) => {
  t.strictSame(linesWith('  1.', plain, action('a', { retries: 2, within: 600 })), [
    '  1. a [write-file]  (line 7, 600 s, up to 3 attempts within 600 s)',
  ])
})

await t.test('a stand-in is called one, and not by what its value happens to hold', async (t) => {
  t.strictSame(linesWith('contents', plain, action('a', { with: { contents: `from ${url}` } })), [
    `     contents: from ${url}  (line 12, .image.url is a stand-in)`,
  ])
  const wanted = { ...image, url, image: null, why: 'it is not there', remedy: './eims images add' }
  t.strictSame(imageLines(wanted, standIns), [
    `  ${url} (a stand-in)`,
    '    the machine’s profile says which image it gets',
  ])
  t.strictSame(imageLines({ ...wanted, url: 'https://other.example/x' }, standIns), [
    '  https://other.example/x: it is not there',
    '    ./eims images add',
  ])
})

await t.test('what a template says is no order to the terminal', async (t) => {
  const text = planText(rendered(action('a', { name: 'a\u001b[2Jb' })), 'ubuntu', terminal)
  t.match(text, 'a\\x1b[2Jb')
  t.equal(linesOf(['  - a', 'b\u001b']), '  - a\nb\\x1b\n')
})

await t.test('the disk is the one by the rule of the node or its profile, whatever the template names', async (t) => {
  const shown = { ...rendered(action('a', {})), disk: { rule: { match: 'sdb' }, of: 'node' as const } }
  t.match(planText(shown, 'ubuntu', plain), 'Disk: {"match":"sdb"}, as the node says')
  t.match(planText(rendered(action('a', {})), 'ubuntu', plain), 'Disk: the only one that will do')
})
