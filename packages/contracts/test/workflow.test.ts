import t from 'tap'
import { ProfileWorkflow, writesDisk } from '../src/index.ts'

const step = (builtin: string, more: object = {}) => ({
  id: builtin,
  task: 'install',
  name: builtin,
  uses: { kind: 'builtin', builtin },
  timeout: 60,
  ...more,
})
const shortest = [step('choose-disk'), step('write-image'), step('reboot')]
const faults = (actions: unknown) =>
  ProfileWorkflow.safeParse(actions).error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? []

await t.test('a workflow that can work is taken', async (t) => {
  t.strictSame(faults(shortest), [])
  t.strictSame(
    faults([
      step('inventory'),
      step('choose-disk'),
      step('write-image'),
      step('seed'),
      step('boot-order'),
      step('reboot'),
    ]),
    [],
  )
})

await t.test('one that cannot is refused before a machine meets it', async (t) => {
  const [choose, write, reboot] = shortest
  const table: [unknown, RegExp][] = [
    [[], /at least one action/],
    [[write, reboot], /0\.uses\.builtin write-image needs an earlier action that uses choose-disk/],
    [[choose, step('seed'), write, reboot], /1\.uses\.builtin seed needs an earlier action that uses write-image/],
    [[choose, reboot], /has no action that uses write-image/],
    [[choose, write], /1\.uses\.builtin the last action, and only it, must use kexec or reboot/],
    [[reboot, choose, write, { ...reboot, id: 'r2', name: 'r2' }], /the last action, and only it/],
    [[choose, write, { ...reboot, id: 'choose-disk' }], /2\.id is the id of an earlier action/],
    [[choose, write, { ...reboot, name: 'choose-disk' }], /2\.name is the name of an earlier action/],
    [[choose, { ...choose, id: 'c2', name: 'c2' }, write, reboot], /may stand there once/],
    [[choose, write, { ...reboot, with: { how: 'explode' } }], /2\.with\.how Invalid option/],
    [[{ ...choose, with: { overwrite: true } }, write, reboot], /0\.with\.overwrite is not for a profile to say/],
    [[choose, { ...write, with: { manifestSha256: 'x' } }, reboot], /1\.with\.manifestSha256 is not for a profile/],
    [[choose, write, { ...reboot, uses: { kind: 'oci', image: 'x' } }], /must be builtin/],
    [[choose, write, { ...reboot, timeout: -1 }], /2\.timeout/],
    [
      [choose, { ...write, after: { action: 'reboot', on: 'failure' } }, reboot],
      /1\.after\.action is not the id of an earlier action: reboot/,
    ],
    [[step('wait-for-person', { with: { message: 'x' } }), ...shortest], /0\.timeout must be 0/],
    [Array.from({ length: 101 }, (_, n) => step('inventory', { id: `${n}`, name: `${n}` })), /100/],
  ]
  for (const [actions, fault] of table) t.match(faults(actions).join('\n'), fault)
})

await t.test('whether it writes the image of a disk, or unpacks an archive', async (t) => {
  t.equal(writesDisk(ProfileWorkflow.parse(shortest)), true)
  const [choose, , reboot] = shortest
  const unpacks = [choose, step('partition-disk', { with: { table: 'gpt', partitions: [{ number: 1, size: null }] } })]
  const steps = ProfileWorkflow.safeParse([...unpacks, step('unpack-archive'), reboot])
  t.strictSame(steps.error?.issues ?? [], [])
  t.equal(steps.data && writesDisk(steps.data), false)
})
