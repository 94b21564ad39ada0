import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalogue, dataOf, sample } from '@eims/tinkerbell'
import t from 'tap'

const text = readFileSync(join(import.meta.dirname, '../docs/workflows.md'), 'utf8')
const rowsOf = (title: string) =>
  text
    .slice(text.indexOf(`## ${title}`))
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| `'))

await t.test('docs/workflows.md lists exactly the actions of the catalogue, and what each takes', async (t) => {
  const rows = Object.entries(catalogue).map(([name, { builtin, builtinFor, env }]) => {
    const used = Object.entries(env).filter(([, { unused }]) => !unused)
    const said = used.map(([variable, { required }]) => `\`${variable}\`${required ? '*' : ''}`).join(', ')
    const by = builtin ? `\`${builtin}\`` : builtinFor ? 'by its command' : '-'
    return `| \`${name}\` | ${by} | ${said || '-'} |`
  })
  t.strictSame(rowsOf('What the actions are here'), rows)
})

await t.test('docs/workflows.md names what templates see, and no more', async (t) => {
  const { data } = dataOf({ ...sample, params: {} })
  const cells = rowsOf('What a template sees').map((row) => row.split('|')[1]!)
  const names = cells.flatMap((cell) =>
    [...cell.matchAll(/`\.([\w]+)(…?)`/g)].map(([, name, more]) => ({ name: name!, more })),
  )
  const isNamed = (key: string) => names.some(({ name, more }) => (more ? key.startsWith(name) : key === name))
  t.strictSame(
    Object.keys(data).filter((key) => !isNamed(key)),
    [],
    'every one of them has a row',
  )
  const seen = Object.keys(data)
  t.strictSame(
    names.filter(({ name, more }) => !seen.some((key) => (more ? key.startsWith(name) : key === name))),
    [{ name: 'device_2', more: '' }],
    'and a row is of one of them; the sample has one MAC',
  )
  const fields = (name: 'node' | 'profile' | 'image' | 'site') => Object.keys(data[name] as object)
  for (const name of ['node', 'profile', 'image', 'site'] as const) {
    const row = rowsOf('What a template sees').find((each) => each.startsWith(`| \`.${name}\``))!
    const told = [...row.split('|')[2]!.matchAll(/`(\w+)`/g)].map(([, field]) => field!)
    t.strictSame(new Set(told), new Set(fields(name)), name)
  }
})
