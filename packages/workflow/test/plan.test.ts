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
