import t from 'tap'
import {
  type Builtin,
  builtInPlan,
  builtinNamed,
  builtinNames,
  builtins,
  ProfileWorkflow,
  readReason,
  told,
} from '../src/index.ts'

await t.test('the table holds together', async (t) => {
  for (const [name, { needs, open, arguments: all, manifest }] of Object.entries<Builtin>(builtins)) {
    if (needs) t.ok(builtinNamed(needs), `${name} needs ${needs}`)
    for (const argument of [...open, ...(manifest ? [manifest] : [])])
      t.ok(Object.hasOwn(all.shape, argument), `${argument} is an argument of ${name}`)
  }
  t.equal(new Set(builtInPlan).size, builtInPlan.length)
  t.strictSame(
    builtInPlan.filter((name) => !builtinNames.includes(name)),
    [],
  )
})

await t.test('the built-in plan is a workflow that a profile may have', async (t) => {
  const steps = builtInPlan.map((name) => ({
    id: name,
    task: 'install-os',
    name,
    uses: { kind: 'builtin', builtin: name },
    timeout: builtins[name].timeout,
  }))
  t.ok(ProfileWorkflow.safeParse(steps).success)
})

await t.test('no builtin is found by a name that every object has', async (t) => {
  for (const name of ['toString', '__proto__', 'constructor', '', null, 7]) t.equal(builtinNamed(name), undefined)
})

await t.test(
  'why a disk may not be overwritten is a reason, and in plans of earlier versions a sentence',
  async (t) => {
    const schema = builtins['choose-disk'].arguments
    const read = (overwriteReason: unknown) =>
      schema.safeParse({ rule: {}, imageSize: 1, overwrite: false, overwriteReason }).data?.overwriteReason
    const reason = { code: 'profile-keeps-disks' as const, slots: { profile: 'edge' } }
    t.strictSame(read(reason), reason)
    t.strictSame(read('profile edge does not overwrite disks'), told('profile edge does not overwrite disks'))
    t.strictSame(read({ code: 'of-a-later-version', slots: {}, text: 'it is Sunday' }), told('it is Sunday'))
    t.equal(read(undefined), undefined, 'and without one the arguments are refused')
    t.equal(readReason(''), null)
  },
)
