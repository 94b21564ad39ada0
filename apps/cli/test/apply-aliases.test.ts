import t from 'tap'
import { LineCounter, parseDocument, type YAMLSeq } from 'yaml'
import { readWanted } from '../src/apply/read.ts'
import { Values } from '../src/apply/values.ts'

// Promise: an alias means the latest anchor of its name before it, and a document is searched for anchors once.

await t.test('the latest anchor before an alias, also inside what it names and in its own document only', (t) => {
  const read = (text: string) => readWanted([{ name: 'nodes.yaml', text }])
  const places = (text: string) => read(text).nodes.map(({ value }) => value.metadata)
  t.strictSame(
    places(`- {name: n1, metadata: &m {rack: A}}
- {name: n2, metadata: *m}
- {name: n3, metadata: &m {rack: B, row: &r "3"}}
- {name: n4, metadata: *m}
- {name: n5, metadata: {rack: *r}}
`),
    [{ rack: 'A' }, { rack: 'A' }, { rack: 'B', row: '3' }, { rack: 'B', row: '3' }, { rack: '3' }],
  )
  t.match(read('- {name: n1, metadata: *m}\n- {name: n2, metadata: &m {rack: A}}\n').problems, [
    /nodes\.yaml:1:\d+: .*m/,
  ])
  t.match(read('- {name: &n n1}\n---\n- {name: *n}\n').problems, [/nodes\.yaml:3:\d+: .*n/])
  t.end()
})

await t.test('however many aliases there are, the document is gone through once', (t) => {
  const rows = Array.from({ length: 2000 }, (_, index) => `- {name: n${index}, metadata: *m}\n`)
  const lines = new LineCounter()
  const document = parseDocument(`- {name: first, metadata: &m {rack: A}}\n${rows.join('')}`, {
    schema: 'failsafe',
    lineCounter: lines,
  })
  const list = document.contents as unknown as YAMLSeq<never>
  let walks = 0
  Object.defineProperty(document, 'contents', {
    get() {
      walks++
      return list
    },
  })
  const values = new Values(() => false)
  const read = list.items.map((item) => values.read(item, document, 'nodes.yaml', lines).value)
  t.match(read.at(-1), { name: 'n1999', metadata: { rack: 'A' } })
  t.equal(walks, 1)
  t.end()
})
