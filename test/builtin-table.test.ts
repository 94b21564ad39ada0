import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Builtin, builtInPlan, builtinNames, builtins } from '@eims/contracts'
import t from 'tap'

await t.test(
  'docs/registry.md lists exactly the builtins of the contracts, in the order of the built-in plan',
  async (t) => {
    const text = readFileSync(join(import.meta.dirname, '../docs/registry.md'), 'utf8')
    const section = text.slice(text.indexOf('`workflow` takes the place'), text.indexOf('### From EIM'))
    const documented = section.split('\n').filter((line) => line.startsWith('| `'))
    const row = (name: keyof typeof builtins) => {
      const { open, needs, timeout }: Builtin = builtins[name]
      const said = open.map((argument) => `\`${argument}\``).join(', ')
      return `| \`${name}\` | ${said || '-'} | ${needs ? `\`${needs}\`` : '-'} | ${timeout} |`
    }
    const others = builtinNames.filter((name) => !builtInPlan.includes(name))
    t.strictSame(documented, [...builtInPlan, ...others].map(row))
  },
)
