import t from 'tap'
import { readDocument } from '../src/index.ts'
import { lines, machine, told } from './machines.ts'

// What breaks readers of YAML: text is a template first and YAML second, and a value is the text that stands there.

const of = (text: string, data: Record<string, unknown> = machine) => {
  const { steps, mistakes, warnings } = readDocument(text, data)
  return { steps, mistakes: lines(mistakes), warnings: lines(warnings) }
}
const withEnv = (env: string) => `name: a
tasks:
  - name: t
    worker: w
    actions:
      - name: x
        image: cexec
        environment:
${env.replace(/^/gm, '          ')}
`
const env = (text: string, data?: Record<string, unknown>) => of(withEnv(text), data).steps[0]?.actions[0]?.env

t.strictSame(
  env(`MODE: 0600
UID: 0
COMPRESSED: true
WAIT_SECONDS: 5
STATIC_NETPLAN: yes
OCTAL: 0o17
HEX: 0x1F
FLOAT: 1.50
EXPONENT: 1e3
LONG: 123456789012345678901234567890
DATE: 2026-11-29
TIME: 12:30:45
TILDE: ~
NULL: null
NOTHING:
EMPTY: ""
INFINITE: .inf
MERGE: <<
'QUOTED': '0600'`),
  {
    MODE: '0600',
    UID: '0',
    COMPRESSED: 'true',
    WAIT_SECONDS: '5',
    STATIC_NETPLAN: 'yes',
    OCTAL: '0o17',
    HEX: '0x1F',
    FLOAT: '1.50',
    EXPONENT: '1e3',
    LONG: '123456789012345678901234567890',
    DATE: '2026-11-29',
    TIME: '12:30:45',
    TILDE: '~',
    NULL: 'null',
    NOTHING: '',
    EMPTY: '',
    INFINITE: '.inf',
    MERGE: '<<',
    QUOTED: '0600',
  },
)
t.strictSame(of(withEnv('A: ~\nB: null\nC: "~"')).warnings, [
  '9 tasks[0].actions[0].environment.A: A is the text ~ here, and empty to Tinkerbell',
  '10 tasks[0].actions[0].environment.B: B is the text null here, and empty to Tinkerbell',
])

t.strictSame(env('A: "one\n  two\n\n  three\\\n  four"\nB: >-\n  five\n  six\nC: |+\n  seven\n\nD: x'), {
  A: 'one two\nthreefour',
  B: 'five six',
  C: 'seven\n\n',
  D: 'x',
})

// a rendered value with quotes, colons, newlines or #
const wild = { v: 'a: "b"\n- c # d\n{{ e' }
t.strictSame(env('A: {{ .v | toJson }}', wild), { A: wild.v }, 'quoted by the template')
t.strictSame(env('A: |\n  {{ .v | replace "\\n" "\\n  " | nindent 2 | trim }}', { v: 'x: 1' }), { A: 'x: 1\n' })
t.strictSame(of(withEnv('A: {{ .v }}'), { v: '{"a": 1}' }).mistakes, [
  '9 tasks[0].actions[0].environment.A: A must be text',
])
t.strictSame(of(withEnv('B: 1\nA: {{ .v }}'), { v: 'a: b' }).mistakes, [
  '10 : This is no YAML: Nested mappings are not allowed in compact mappings',
])
t.strictSame(of(withEnv('A: "{{ .v }}"'), { v: 'say "x"' }).mistakes, [
  '9 : This is no YAML: Unexpected scalar at node end',
])
t.strictSame(of(withEnv('A: {{ .v }}'), { v: 'secret #1' }).warnings, [
  '9 tasks[0].actions[0].environment.A: A ends before the #: to YAML the rest of the rendered value is a comment',
])
t.strictSame(of(withEnv('A: {{ .v }} # of the site'), { v: 'x' }).warnings, [], 'a comment of the template is one')
t.strictSame(of(withEnv('A: {{ .v }}'), { v: '1\n          A: 2' }).mistakes, [
  '9 tasks[0].actions[0].environment.A: A stands there twice, first in line 9',
])

// keys and lists
t.strictSame(of('name: a\nname: b\ntasks: []').mistakes, ['2 name: name stands there twice, first in line 1'])
t.strictSame(of('name: a\ntasks:\n\t- name: x\n').mistakes, ['3 : The line is indented with a tab'])
t.strictSame(
  of('name: a\nunread: {x: 1, x: 2}\ntasks: []').mistakes,
  ['2 unread.x: x stands there twice, first in line 2'],
  'in what is not read, too',
)
const anchored = of(`name: a
x-disk: &disk {DEST_DISK: /dev/sda, FS_TYPE: ext4}
tasks:
  - name: t
    worker: w
    actions:
      - name: x
        image: &image cexec
        environment: {<<: *disk, FS_TYPE: xfs, CMD_LINE: "true"}
      - name: y
        image: *image
        environment: *disk
`)
t.strictSame(
  anchored.steps[0]?.actions.map(told),
  [
    { builtin: 'chroot', name: 'x', env: { FS_TYPE: 'xfs', CMD_LINE: 'true', DEST_DISK: '/dev/sda' } },
    { builtin: 'chroot', name: 'y', env: { DEST_DISK: '/dev/sda', FS_TYPE: 'ext4' } },
  ],
  'anchors, aliases and merged keys are read as YAML has them',
)

// conditions, retries, and what follows a failure
const ours = of(
  `name: a
tasks:
  - name: t
    worker: w
    actions:
      - name: x
        image: cexec
        retries: 3
        backoff: 10
        when: '{{ eq .v "no" }}'
        on-failure:
          - name: mend
            image: cexec
            environment: {CMD_LINE: fsck}
        on-timeout:
          - name: leave
            image: reboot
      - name: y
        image: cexec
        when: perhaps
`,
  { v: 'yes' },
)
t.strictSame(ours.mistakes, [])
t.strictSame(ours.warnings, [
  '20 tasks[0].actions[1].when: "perhaps" is neither true nor false, so the action does not run',
])
t.strictSame(ours.steps[0]?.actions.map(told), [
  {
    builtin: 'chroot',
    name: 'x',
    env: {},
    retries: 3,
    backoff: 10,
    onFailure: [{ builtin: 'chroot', name: 'mend', env: { CMD_LINE: 'fsck' } }],
    onTimeout: [{ builtin: 'reboot', name: 'leave', env: {} }],
    runs: false,
  },
  { builtin: 'chroot', name: 'y', env: {}, runs: false },
])
t.strictSame(
  of(withEnv('A: b').replace('image: cexec', 'image: cexec\n        on-timeout: ["echo", "late"]')).warnings,
  ['8 tasks[0].actions[0].on-timeout: These words are not run, by Tinkerbell neither'],
)

// several documents, JSON, Windows, a byte order mark
const reboot = 'name: a\ntasks: [{name: t, worker: w, actions: [{name: r, image: reboot}]}]\n'
t.equal(of(`# first\n---\n${reboot}---\n${reboot}`).steps.length, 2)
t.equal(of(`\uFEFF${reboot.replaceAll('\n', '\r\n')}`).steps[0]?.name, 'a')
const json = JSON.stringify({ kind: 'Template', spec: { data: reboot } }, null, 2)
t.equal(of(json).steps[0]?.actions[0]?.name, 'r', 'a Template as kubectl prints it')
t.strictSame(of(json.replace('worker: w', 'worker: ')).mistakes, ['4 tasks[0].worker: The task has no worker'])
const windows =
  `kind: Template\nspec:\n  data: |\n    ${reboot.replace('tasks', '\n    tasks').replace(': w', ':')}`.replaceAll(
    '\n',
    '\r\n',
  )
t.strictSame(of(windows).mistakes, ['6 tasks[0].worker: The task has no worker'])

// places: in the template of the file, also within a block that a kind holds
const places = readDocument(
  `kind: Template
spec:
  data: |2
      name: a
      {{- /* who it is for */}}
      tasks:
        {{- range .names }}
        - name: {{ . }}
          worker: w
          actions:
            - {name: r, image: "rebot"}
        {{- end }}
`,
  { names: ['one', 'two'] },
).mistakes
t.strictSame(
  places.map(({ line, column, path }) => ({ line, column, path })),
  [
    { line: 11, column: 32, path: 'tasks[0].actions[0].image' },
    { line: 11, column: 32, path: 'tasks[1].actions[0].image' },
  ],
)
t.match(readDocument('kind: Template\nspec:\n  data: |\n\n    name: {{ .nam }}\n', { name: 'x' }).mistakes, [
  { line: 5, column: 14, sentence: 'In the template: there is no nam among name' },
])
t.match(readDocument('kind: Template\nspec: {data: "name: {{ .nam }}"}\n', { name: 'x' }).mistakes, [
  { line: 2, column: 14 },
])
