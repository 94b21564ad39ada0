import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EventKind } from '@eims/contracts'
import t from 'tap'

const page = await readFile(join(import.meta.dirname, '../../../docs/rest.md'), 'utf8')
const table = page.split('\n').filter((line) => line.startsWith('| `'))

void t.test('docs/rest.md names every kind of event, by itself or as one of many', (t) => {
  for (const kind of EventKind.options) {
    const names = [kind, kind.replace(/\.[^.]+$/, '.*')]
    t.ok(
      table.some((line) => names.some((name) => line.includes(`\`${name}\``))),
      kind,
    )
  }
  t.end()
})
