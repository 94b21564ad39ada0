import t from 'tap'
import { check, readDocument } from '../src/index.ts'
import { lines, machine, read, textOf, told } from './machines.ts'

// v1alpha2 keeps what is to be done (Task) apart from the machine that it is done on (Workflow).

const { steps, mistakes, warnings } = read('tasks-and-workflow')
t.strictSame(lines(mistakes), [])
t.strictSame(lines(warnings), [
  '22 spec.actions[1].if: "maybe" is neither true nor false, so the action does not run',
  '65 spec.tasks[0].hardware.bootOptions: Booting is the server’s: a machine with a run boots from the network, and from its disk after it',
])
const [workflow] = steps
t.strictSame(
  { ...workflow, actions: workflow?.actions.map(told) },
  {
    name: 'site-525400123456',
    worker: '52:54:00:12:34:56',
    timeout: 3600,
    disabled: 'waits for the new cable',
    tasks: [
      { name: 'write-os', timeout: 1800 },
      { name: 'leave', timeout: null },
    ],
    actions: [
      {
        builtin: 'write-image',
        name: 'image',
        env: {
          LEVEL: 'action',
          NTP: 'ntp.example',
          REGION: 'north',
          ASSET: '0042',
          IMG_URL: 'https://images.example/os.raw.gz',
          DEST_DISK: '/dev/sda',
          COMPRESSED: 'true',
        },
        volumes: ['/mnt:/mnt', '/dev:/dev'],
        timeout: 1200,
        retries: 2,
      },
      {
        builtin: 'chroot',
        name: 'only if it is large',
        env: { LEVEL: 'task', NTP: 'ntp.example', REGION: 'north', ASSET: '0042', FS_TYPE: 'ext4', CMD_LINE: 'true' },
        volumes: ['/mnt:/mnt', '/dev:/dev'],
        timeout: 60,
        runs: false,
      },
      {
        builtin: 'chroot',
        name: 'only in the lab',
        command: ['/bin/sh', '-c', 'exit 0'],
        env: {
          LEVEL: 'task',
          NTP: 'ntp.example',
          REGION: 'north',
          ASSET: '0042',
          FS_TYPE: 'ext4',
          CMD_LINE: 'echo site-525400123456 write-os',
        },
        volumes: ['/mnt:/mnt', '/dev:/dev'],
      },
      { builtin: 'reboot', name: 'reboot', env: { LEVEL: 'workflow', NTP: 'ntp.example' }, background: true },
    ],
  },
  'what the workflow gives, what it gives to one task, the task and the action, the later before the earlier',
)
t.strictSame(lines(check(workflow!).mistakes), [
  '28 spec.actions[2].command: cexec does not run "/bin/sh -c exit 0": no image is run, and it takes no command',
])
t.equal(workflow?.actions[0]?.task, 'write-os')

const head = (kind: string, name: string) =>
  `apiVersion: tinkerbell.org/v1alpha2\nkind: ${kind}\nmetadata: {name: x}\n`.replace('{name: x}', `\n  name: ${name}`)
const reboot = `${head('Task', 'off')}spec:\n  actions:\n    - {name: off, image: reboot}\n`
const uses = (tasks: string) => `${head('Workflow', 'w')}spec:\n  tasks:\n${tasks}`
const of = (text: string) => {
  const found = readDocument(text, machine)
  return { ...found, mistakes: lines(found.mistakes), warnings: lines(found.warnings) }
}

t.match(of(reboot), { steps: [{ name: 'off', worker: '', actions: [{ name: 'off' }] }], mistakes: [] }, 'a Task alone')
t.strictSame(of(uses('    - taskRef: {name: on}\n')).mistakes, [
  '7 spec.tasks[0].taskRef.name: There is no Task on in the file',
])
t.strictSame(
  of(`${reboot}---\n${uses('    - {agentID: a, taskRef: {name: off}}\n    - {agentID: b, taskRef: {name: off}}\n')}`)
    .mistakes,
  ['16 spec.tasks[1].agentID: The workflow is for several machines: a, b'],
)
t.strictSame(
  of(`${reboot}---\n${uses('    - {taskRef: {name: off}}\n')}---\n${reboot.replace('name: off\n', 'name: other\n')}`)
    .warnings,
  ['18 metadata.name: No workflow of the file uses the task other'],
)
t.strictSame(
  of(reboot.replace('image: reboot', 'image: reboot, environment: {A: b}, timeout: 5, on-failur: []')).mistakes,
  [
    '7 spec.actions[0].environment: There is no field environment',
    '7 spec.actions[0].timeout: There is no field timeout',
    '7 spec.actions[0].on-failur: There is no field on-failur: did you mean on-failure?',
  ],
  'the Kubernetes API refuses unknown fields, and so are they here',
)
t.strictSame(of(reboot.replace('image: reboot', 'image: reboot, command: "sh -c x"')).mistakes, [
  '7 spec.actions[0].command: command must be the path of one program',
])
for (const [condition, runs] of [
  ['"true"', true],
  ['TRUE', true],
  ['""', true],
  ['"False"', false],
  ['yes', false],
  ['1', false],
  ['{{ eq 1 2 }}', false],
] as const)
  t.equal(
    of(reboot.replace('image: reboot', `image: reboot, if: ${condition}`)).steps[0]?.actions[0]?.runs,
    runs,
    condition,
  )

const old = of(textOf('tasks-and-workflow').replaceAll('tinkerbell.org/v1alpha2', 'tinkerbell.org/v1alpha1'))
t.strictSame(
  old.warnings,
  ['2 kind: A Task is not read', '33 kind: A Task is not read', '43 kind: A Workflow is not read'],
  'kinds of another version are not',
)
t.strictSame(of(`${reboot}---\n${reboot}`).mistakes, ['10 metadata.name: Two Tasks have the name off'])
