import t from 'tap'
import { readDocument } from '../src/index.ts'
import { lines, machine } from './machines.ts'

// What cannot be a workflow is refused with all its mistakes at once, and nothing takes long or becomes large.

const refused = (text: string, mistakes: string[], limits = {}) => {
  const read = readDocument(text, machine, limits)
  t.strictSame(lines(read.mistakes), mistakes, mistakes[0] ?? '')
  t.strictSame(read.steps, [])
}
const action = (more: string) =>
  `name: a\ntasks:\n  - name: t\n    worker: w\n    actions:\n      - {name: x, image: reboot, ${more}}\n`

refused('', ['1 : There is no workflow template in the file'])
refused('# nothing\n---\n', ['1 : There is no workflow template in the file'])
refused('hello', ['1 : The document must be a mapping'])
refused('#cloud-config\nhostname: x\n', ['2 : This is no workflow template: it has no tasks'])
refused('kind: Template\nspec: {}\n', ['1 : The Template holds no template'])
refused('kind: TinkerbellTemplateConfig\nspec: {}\n', ['1 : The TinkerbellTemplateConfig holds no template'])
refused('kind: TinkerbellMachineTemplate\nspec: {template: {spec: {}}}\n', [
  '1 : The TinkerbellMachineTemplate holds no template',
])
refused('kind: TinkerbellTemplateConfig\nspec: {template: text}\n', ['2 spec.template: template must be a mapping'])
refused('kind: Template\nspec: {data: {name: x}}\n', ['2 spec.data: data must be text'])
refused('name: {{ .name\n', ['1 : In the template: the action is not closed: }} is missing'])
refused('name: a\ntasks: {{ env "HOME" }}\n', [
  '2 : In the template: env is not supported: it reads the server’s environment',
])

refused(
  `version: "0.1"
global_timeout: soon
tasks:
  - worker: ""
    actions:
      - name: x
        image: quay.io/tinkerbell/actions/imagedisk
        timeout: 1h
        command: reboot
        volumes: {a: b}
        environment: [A, B]
      - name: x
        image: reboot
        retries: -1
        backoff: 99999
  - name: second
    worker: b
    actions: []
  - name: second
    worker: c
    actions:
      - {name: y, image: reboot}
      - {name: y, image: reboot}
      - just text
      - image: reboot
      - name: z
`,
  [
    '1 : A name is missing',
    '2 global_timeout: global_timeout must be a whole number from 0 to 604800, and is "soon"',
    '4 tasks[0]: A name is missing',
    '4 tasks[0].worker: The task has no worker',
    '7 tasks[0].actions[0].image: "quay.io/tinkerbell/actions/imagedisk" is none of the actions that eims does itself, and it runs no images',
    '8 tasks[0].actions[0].timeout: timeout must be a whole number from 0 to 86400, and is "1h"',
    '9 tasks[0].actions[0].command: command must be a list',
    '10 tasks[0].actions[0].volumes: volumes must be a list',
    '11 tasks[0].actions[0].environment: environment must be a mapping',
    '14 tasks[0].actions[1].retries: retries must be a whole number from 0 to 100, and is "-1"',
    '15 tasks[0].actions[1].backoff: backoff must be a whole number from 0 to 3600, and is "99999"',
    '19 tasks[2]: Two tasks have the name second',
    '20 tasks[2].worker: The workflow is for several machines: b, c',
    '23 tasks[2].actions[1]: Two actions of the task have the name y',
    '24 tasks[2].actions[2]: actions[2] must be a mapping',
    '25 tasks[2].actions[3]: A name is missing',
    '26 tasks[2].actions[4]: The image is missing',
  ],
)
t.strictSame(
  lines(readDocument(action('timout: 5, colour: blue'), machine).warnings),
  [
    '6 tasks[0].actions[0].timout: There is no field timout: did you mean timeout?',
    '6 tasks[0].actions[0].colour: There is no field colour',
  ],
  'Tinkerbell leaves out what it does not know: a warning',
)
for (const note of readDocument('tasks:\n  - {}\n', {}).mistakes) t.match(note.remedy, /\.$/, note.sentence)

// YAML's own ways to be large or strange
const bomb = [
  'a: &a [x, x]',
  ...'bcdefghij'.split('').map((name, at) => `${name}: &${name} [*${'abcdefghi'[at]}, *${'abcdefghi'[at]}]`),
]
refused(`${bomb.join('\n')}\ntasks: *j\n`, ['3 : The alias *b names what holds aliases itself'])
refused('a: &a [*a]\ntasks: []\n', ['1 : The alias *a names what holds aliases itself'])
refused('tasks: *t\n', ['1 : There is no &t before this alias'])
refused(`a: &a x\ntasks: [${'*a, '.repeat(101)}]\n`, ['2 : More than 100 aliases'])
refused(action('timeout: !!int "5"'), ['6 : A type is given with !'])
refused('a: !!binary aGk=\ntasks: []\n', ['1 : A type is given with !'])
refused(`tasks: ${'['.repeat(40)}${']'.repeat(40)}\n`, ['1 : Too many mappings or lists lie in each other'])
for (const deep of ['['.repeat(100_000), '- '.repeat(100_000), '{a: '.repeat(50_000)])
  refused(deep, ['1 : Too many mappings or lists lie in each other'])
refused('name: "a\\0b"\ntasks: [{name: t, worker: w, actions: []}]\n', ['1 name: name holds a NUL character'])
refused('? [a]\n: b\ntasks: []\n', [
  '1 : A name is missing',
  '1 : There is no task',
  '2 : A name is missing before the :',
])

// bounds
refused('x'.repeat(300_000), ['1 : The file has more than 262144 characters'])
refused('name: a\n{{ range 60000 }}# more\n{{ end }}', [
  '2 : In the template: more than 262144 characters would come out',
])
refused('---\na: b\n'.repeat(60), ['1 : More than 50 documents'])
refused('---\nkind: X\n'.repeat(60), ['1 : The file has more than 50 documents'])
refused(action(`timeout: 1}${'\n      - {name: y, image: reboot}'.repeat(99)}\n      - {name: z`), [
  '6 tasks[0].actions: actions holds 101, at most 100 can be',
])
const many =
  'name: a\ntasks:\n{{ range 3 }}  - name: t{{ . }}\n    worker: w\n    actions:\n{{ range 40 }}      - {name: a{{ . }}, image: reboot}\n{{ end }}{{ end }}'
refused(many, ['1 : The workflow has 120 actions, at most 100 can be'])
refused(action('environment: {A: b, C: d}'), ['6 tasks[0].actions[0].environment: 2 variables, at most 1 can be'], {
  variables: 1,
})
refused(action(`environment: {A: ${'x'.repeat(140_000)}}`), [
  '6 tasks[0].actions[0].environment.A: A has 140002 bytes, at most 131071 can be',
])
refused(action(`volumes: [${'/a:/b, '.repeat(65)}]`), [
  '6 tasks[0].actions[0].volumes: volumes holds 65, at most 64 can be',
])
refused(action('environment: {"A B": c, "D=E": f}'), [
  '6 tasks[0].actions[0].environment.A B: "A B" is no name of a variable',
  '6 tasks[0].actions[0].environment.D=E: "D=E" is no name of a variable',
])
refused(`name: ${'n'.repeat(200)}\ntasks: [{name: t, worker: w, actions: []}]\n`, [
  '1 name: The name is longer than 199 characters',
])
t.equal(
  readDocument(`tasks:\n${'  - {}\n'.repeat(50)}`, {}).mistakes.length,
  50,
  'no more mistakes than a person reads',
)

// names that JavaScript has a meaning for
const named = readDocument(action('environment: {__proto__: a, constructor: b}'), machine)
t.strictSame(Object.entries(named.steps[0]?.actions[0]?.env ?? {}), [
  ['__proto__', 'a'],
  ['constructor', 'b'],
])
