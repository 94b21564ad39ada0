import { type BuiltinName, builtins, ProfileWorkflow } from '@eims/contracts'
import t from 'tap'
import { buildPlan } from '../src/index.ts'

const input = {
  profile: { disk: { prefer: 'smallest' as const }, finish: 'poweroff' as const, growRoot: true },
  bootOrder: 'network' as const,
  image: { manifestSha256: 'ab'.repeat(32), rawSize: 2_000_000_000, frameCount: 7 },
  overwrite: { allowed: false, reason: { code: 'nobody-registered-it', slots: {} } as const },
  seed: { metaData: 'm', userData: 'u', vendorData: '', networkConfig: '' },
  label: 'eims debian-12',
}

await t.test('the whole plan of one node', async (t) => {
  const seconds = (builtin: BuiltinName, timeout: number, args: object) => ({
    id: builtin,
    task: 'install-os',
    name: builtin,
    uses: { kind: 'builtin', builtin },
    with: args,
    env: {},
    timeout,
    repeatable: true,
  })
  t.strictSame(buildPlan(input), {
    version: 1,
    actions: [
      seconds('inventory', 300, {}),
      seconds('choose-disk', 300, {
        rule: { prefer: 'smallest' },
        imageSize: 2_000_000_000,
        overwrite: false,
        overwriteReason: { code: 'nobody-registered-it', slots: {} },
      }),
      seconds('write-image', 7200, { manifestSha256: 'ab'.repeat(32), rawSize: 2_000_000_000, frames: 7 }),
      seconds('seed', 600, { metaData: 'm', userData: 'u', vendorData: '', networkConfig: '', growRoot: true }),
      seconds('boot-order', 300, { label: 'eims debian-12', bootOrder: 'network' }),
      seconds('reboot', 120, { how: 'poweroff' }),
    ],
  })
})

await t.test('its actions carry arguments that the agent’s handlers take', async (t) => {
  for (const { name, with: args } of buildPlan(input).actions)
    t.ok(builtins[name as BuiltinName].arguments.safeParse(args).success, name)
})

await t.test('a profile without a disk rule has the empty one, and a long label is cut', async (t) => {
  const plan = buildPlan({ ...input, profile: { finish: 'reboot', growRoot: true }, label: 'x'.repeat(100) })
  t.strictSame(plan.actions[1]?.with.rule, {})
  t.equal(plan.actions[4]?.with.label, 'x'.repeat(64))
})

await t.test('a profile’s own workflow is taken, and the server fills in what only it knows', async (t) => {
  const step = (builtin: BuiltinName, more: object = {}) => ({
    id: `own-${builtin}`,
    task: 'floor',
    name: builtin,
    uses: { kind: 'builtin', builtin },
    timeout: 99,
    ...more,
  })
  const workflow = ProfileWorkflow.parse([
    step('choose-disk', { with: { rule: { match: '/dev/nvme*' } } }),
    step('write-image'),
    step('reboot', { with: { how: 'hold' }, timeout: 7 }),
  ])
  const { actions } = buildPlan({ ...input, profile: { ...input.profile, workflow } })
  t.strictSame(
    actions.map(({ id, timeout, with: args }) => ({ id, timeout, with: args })),
    [
      {
        id: 'own-choose-disk',
        timeout: 99,
        with: {
          rule: { match: '/dev/nvme*' },
          imageSize: 2_000_000_000,
          overwrite: false,
          overwriteReason: { code: 'nobody-registered-it', slots: {} },
        },
      },
      {
        id: 'own-write-image',
        timeout: 99,
        with: { manifestSha256: 'ab'.repeat(32), rawSize: 2_000_000_000, frames: 7 },
      },
      { id: 'own-reboot', timeout: 7, with: { how: 'hold' } },
    ],
  )
})

await t.test('an action of a workflow writes the image that is meant for it', async (t) => {
  const step = (builtin: BuiltinName, said = {}) => ({
    id: builtin,
    task: 'os',
    name: builtin,
    uses: { kind: 'builtin' as const, builtin },
    with: said,
    env: {},
    timeout: 60,
    repeatable: true,
  })
  const workflow = [
    step('choose-disk'),
    step('write-image'),
    step('unpack-archive', { partition: 1, fsType: null, folder: '/' }),
    step('reboot'),
  ]
  const other = (digit: string, rawSize: number) => ({ manifestSha256: digit.repeat(64), rawSize, frameCount: 3 })
  const images = new Map([
    ['write-image', other('c', 3_000_000_000)],
    ['unpack-archive', other('d', 1000)],
  ])
  const { actions } = buildPlan({ ...input, profile: { ...input.profile, workflow }, images })
  t.match(
    actions.map(({ with: said }) => said),
    [
      { imageSize: 3_000_000_000 },
      { manifestSha256: 'c'.repeat(64), rawSize: 3_000_000_000, frames: 3 },
      { archiveSha256: 'd'.repeat(64), archiveSize: 1000, folder: '/' },
      {},
    ],
  )
})

await t.test('addons come right before the seed, and room for them is asked for', async (t) => {
  const addons = [
    { name: 'calico', image: { manifestSha256: 'e'.repeat(64), rawSize: 64 * 1024 * 1024 } },
    { name: 'dash', image: { manifestSha256: 'f'.repeat(64), rawSize: 2048 } },
  ]
  const addonsSize = 74 * 1024 * 1024
  const sets = [
    { name: 'calico', manifestSha256: 'e'.repeat(64), size: 64 * 1024 * 1024 },
    { name: 'dash', manifestSha256: 'f'.repeat(64), size: 2048 },
  ]
  const plan = buildPlan({ ...input, addons })
  t.strictSame(
    plan.actions.map(({ name }) => name),
    ['inventory', 'choose-disk', 'write-image', 'write-addons', 'seed', 'boot-order', 'reboot'],
  )
  t.match(plan.actions[1]?.with, { addonsSize })
  t.match(plan.actions[2]?.with, { addonsSize })
  t.strictSame(plan.actions[3]?.with, { sets, addonsSize })
  const step = (builtin: BuiltinName) => ({
    id: builtin,
    task: 'floor',
    name: builtin,
    uses: { kind: 'builtin' as const, builtin },
    timeout: 60,
  })
  const own = (...names: BuiltinName[]) =>
    buildPlan({ ...input, addons, profile: { ...input.profile, workflow: ProfileWorkflow.parse(names.map(step)) } })
  const placed = own('choose-disk', 'write-image', 'write-addons', 'boot-order', 'seed', 'reboot')
  t.strictSame(
    placed.actions.map(({ name }) => name),
    ['choose-disk', 'write-image', 'write-addons', 'boot-order', 'seed', 'reboot'],
    'a workflow says where itself',
  )
  t.match(placed.actions[2]?.with, { sets })
  t.match(own('choose-disk', 'write-image', 'seed', 'reboot').actions[2], { name: 'write-addons', task: 'floor' })
  const without = own('choose-disk', 'write-image', 'reboot')
  t.equal(without.actions.length, 3, 'nobody would copy them without a seed')
})
