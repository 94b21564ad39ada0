import t from 'tap'
import { nodeYaml } from '../src/apply/node-yaml.ts'
import { readWanted } from '../src/apply/read.ts'
import { reportText } from '../src/apply/report-text.ts'

const read = (text: string, name = 'nodes.yaml') => readWanted([{ name, text }])
const problemsOf = (text: string) => read(text).problems
const nodesOf = (text: string) => read(text).nodes.map(({ value }) => value)

await t.test('documents, a bare list and several kinds', async (t) => {
  const wanted = read(`kind: Batch
name: lot-7
expected: 3
---
kind: Node
name: n1
serial: 00123
metadata: {rack: 7, on: yes}
disk: {prefer: smallest, minSize: 64000000000}
profile: ~
batch: "null"
---
- serial: 1e5
  macs: [52-54-00-AA-00-01]
- name: n3
`)
  t.strictSame(wanted.problems, [])
  t.match(
    wanted.batches.map(({ value }) => value),
    [{ name: 'lot-7', expected: 3 }],
  )
  t.match(
    wanted.nodes.map(({ value }) => value),
    [
      {
        name: 'n1',
        serial: '00123',
        metadata: { rack: '7', on: 'yes' },
        disk: { minSize: 64e9 },
        profile: null,
        batch: 'null',
      },
      { serial: '1e5', macs: ['52:54:00:aa:00:01'] },
      { name: 'n3' },
    ],
    'a serial keeps its zeros, whatever YAML would make of it',
  )
})

await t.test('every mistake is told at once, with its place, its field and what was meant', async (t) => {
  t.strictSame(
    problemsOf(`kind: Node
name: line 3
netbootPolcy: denied
labels: {rack: B7}
---
kind: Noode
name: n2
---
- serial: S1
  netbootPolicy: never
  macs:
    - 52:54:00:aa:00:01
    - nonsense
- profile: kiosk
- disk: {prefers: smallest}
  name: n3
- just text
---
name: n4
`),
    [
      'nodes.yaml:2:1: name must be a host name: 1 to 63 letters, digits or hyphens',
      'nodes.yaml:3:1: netbootPolcy is no field of a Node; did you mean netbootPolicy?',
      'nodes.yaml:4:1: labels is no field of a Node; did you mean metadata?',
      'nodes.yaml:6:1: Noode is no kind; did you mean Node?',
      'nodes.yaml:13:7: macs.1 is not a MAC address; write it like 52:54:00:aa:00:01',
      'nodes.yaml:10:3: netbootPolicy is one of allowed, denied, local',
      'nodes.yaml:14:3: name is missing; give it, or at least one of serial, uuid and macs',
      'nodes.yaml:15:10: prefers is no field of disk; did you mean prefer?',
      'nodes.yaml:17:3: is no map of fields such as name, serial and profile',
      'nodes.yaml:19:1: the document says no kind; write kind: Node (known are Node, Batch, Workflow and Secret)',
    ],
  )
  t.match(problemsOf('a: [b'), [/^nodes\.yaml:1:\d+: is not valid YAML/])
  t.match(problemsOf('- name: a\n  name: b\n'), [/^nodes\.yaml:2:3: is not valid YAML: Map keys must be unique/])
  t.strictSame(problemsOf('# nothing\n'), ['nodes.yaml:1:1: holds nothing to apply; see ./eims apply --help'])
  t.match(problemsOf('- name: [n1]\n'), [/^nodes\.yaml:1:3: name must be a text$/])
})

await t.test('what aliases repeat is bounded, and so is how deep a document nests', async (t) => {
  t.match(nodesOf('- &a {name: n1, metadata: &m {rack: B7}}\n- {name: n2, metadata: *m}\n'), [
    { metadata: { rack: 'B7' } },
    { metadata: { rack: 'B7' } },
  ])
  const bomb = Array.from({ length: 9 }, (_, level) => {
    const inner = level === 0 ? 'x' : `*l${level - 1}`
    return `l${level}: &l${level} [${Array(10).fill(inner).join(', ')}]`
  })
  t.match(problemsOf(['kind: Node', ...bomb].join('\n')), [
    /^nodes\.yaml:\d+:\d+: is too much with all that its aliases/,
  ])
  t.match(problemsOf('kind: Node\nmetadata: &m {again: *m}\n'), [/nests deeper than 20 levels/])
  t.match(problemsOf(`- ${'['.repeat(30)}x${']'.repeat(30)}`), [/nests deeper than 20 levels/])
  t.match(problemsOf('- name: *nobody\n'), [/nobody/])
  const many = Array.from({ length: 10_001 }, (_, index) => `- {name: n${index}}`).join('\n')
  t.match(problemsOf(many), [/^10001 nodes are more than the 10000/])
})

await t.test('what a node prints is read as the same node', async (t) => {
  const node = {
    name: 'n1',
    serial: '00123',
    uuid: '11111111-2222-3333-4444-555555555555',
    macs: ['52:54:00:aa:00:01', '52:54:00:aa:00:02'],
    manufacturer: 'ACME: "Inc." # \u202e\u001b[31m',
    product: 'Two\nlines',
    profile: 'no',
    batch: 'lot-7',
    account: null,
    metadata: { rack: 'null', 'example.org/on': '1.0', true: 'yes' },
    disk: { match: '/dev/nvme*', minSize: 64e9 },
    netbootPolicy: 'denied',
    bootFile: null,
    secureBoot: 'on',
  }
  const text = nodeYaml(node as never)
  t.notMatch(text.replaceAll('\n', ''), /[\u202e\p{Cc}]/u, 'nothing that a terminal would take as an order')
  const { account: _account, bootFile: _bootFile, ...given } = node
  t.strictSame(nodesOf(text), [given])
  t.match(nodesOf(nodeYaml({ ...node, netbootPolicy: 'allowed', metadata: {}, macs: [] } as never)), [{ name: 'n1' }])
})

await t.test('what was done, equal differences as one', async (t) => {
  const changed = (name: string, to: string) => ({
    name,
    result: 'changed' as const,
    changes: [{ field: 'profile', from: null, to }],
  })
  const report = {
    dryRun: false,
    applied: true,
    problems: [],
    problemsTotal: 0,
    batches: [{ name: 'lot-7', result: 'created' as const, changes: [] }],
    nodes: [
      ...Array.from({ length: 7 }, (_, index) => changed(`n${index}`, 'kiosk')),
      changed('x', 'debian'),
      { name: 'new', result: 'created' as const, changes: [] },
      { name: 'old', result: 'unchanged' as const, changes: [] },
    ],
  }
  t.equal(
    reportText(report),
    `Applied: 1 node created, 8 changed, 1 unchanged; 1 batch created.

RESULT   WHICH                          WHAT
created  lot-7                          batch
changed  n0, n1, n2, n3, n4 and 2 more  profile nothing → kiosk
changed  x                              profile nothing → debian
created  new                            -
`,
  )
  const unchanged = { ...report, nodes: report.nodes.slice(-1), batches: [] }
  t.equal(reportText(unchanged), 'Nothing to do: 1 node is already as the files say.\n')
  t.match(
    reportText({ ...report, dryRun: true }),
    /^Nothing was changed, for this was a dry run\. It would be: 1 node created/,
  )
})
