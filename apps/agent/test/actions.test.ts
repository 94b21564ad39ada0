import type { Action } from '@eims/contracts'
import t from 'tap'
import { execute } from '../src/actions/table.ts'
import { findChosen } from '../src/disk/chosen.ts'
import { action } from './support/agent.ts'
import { fakeContext } from './support/context.ts'
import { MIB } from './support/disks.ts'
import { sha256 } from './support/image.ts'
import { fakeMachine } from './support/machine.ts'

const of = (more: Partial<Action>): Action => ({ ...action('it').action, ...more })
const builtin = (name: string) => ({ kind: 'builtin', builtin: name }) as Action['uses']

await t.test('what cannot be run here is refused with a sentence', async (t) => {
  const cases: [Partial<Action>, string][] = [
    [
      { uses: { kind: 'oci', image: 'quay.io/x/y' } },
      'Action it wants the container image quay.io/x/y; this agent runs builtins only',
    ],
    [{ uses: builtin('format') }, 'Action it wants the builtin format, which this agent does not have'],
    [{ uses: builtin('toString') }, 'Action it wants the builtin toString, which this agent does not have'],
    [
      { uses: builtin('reboot'), with: {} },
      'Action it has a bad argument how: Invalid option: expected one of "reboot"|"poweroff"|"hold"',
    ],
    [{ uses: builtin('inventory'), with: { x: 1 } }, 'Action it has a bad argument list: Unrecognized key: "x"'],
  ]
  for (const [more, message] of cases) await t.rejects(execute(of(more), fakeContext(t, fakeMachine(t))), { message })
})

await t.test('reboot only says what comes; the loop does it', async (t) => {
  const machine = fakeMachine(t)
  for (const how of ['reboot', 'poweroff', 'hold'])
    t.strictSame(await execute(of({ uses: builtin('reboot'), with: { how } }), fakeContext(t, machine)), {
      result: {},
      finish: how,
    })
  t.strictSame(machine.calls, [])
})

await t.test('choose-disk lists what it saw and answers with what finds the disk again', async (t) => {
  const machine = fakeMachine(t, [{ name: 'vda', size: 8 * MIB, attributes: { serial: 'bench' } }])
  const context = fakeContext(t, machine)
  const args = { rule: {}, imageSize: MIB, overwrite: false, overwriteReason: 'x' }
  const outcome = await execute(of({ uses: builtin('choose-disk'), with: args }), context)
  const ends = sha256(Buffer.alloc(2 * MIB))
  const known = { path: '/dev/vda', size: 8 * MIB, serial: 'bench', wwn: null, busPath: 'pci-0000:00:02.0' }
  t.strictSame(outcome.result, { ...known, ends, overwrite: false })
  t.strictSame(context.lines, ['/dev/vda (8.4 MB, bench) virtio, blank', 'Chosen: /dev/vda (8.4 MB, bench)'])
  await t.rejects(execute(of({ uses: builtin('choose-disk'), with: { ...args, imageSize: 9 * MIB } }), context), {
    message: 'No disk will do. /dev/vda (8.4 MB, bench): is too small for 9.4 MB',
  })
})

await t.test('the chosen disk is found under another name, and no other disk is taken for it', async (t) => {
  const disk = (name: string, serial: string) => ({ name, size: 8 * MIB, attributes: { serial } })
  const choice = { path: '/dev/vda', size: 8 * MIB, serial: 'A', wwn: null }
  const swapped = fakeMachine(t, [disk('vda', 'B'), disk('vdb', 'A')])
  t.equal(findChosen(swapped, choice).path, '/dev/vdb')
  const replaced = fakeMachine(t, [disk('vda', 'B')])
  t.throws(() => findChosen(replaced, choice), {
    message: 'The chosen disk /dev/vda (serial A) is no longer in this machine',
  })
  const twins = fakeMachine(t, [disk('vdb', 'A'), disk('vdc', 'A')])
  t.throws(() => findChosen(twins, choice), /may be any of .dev.vdb, .dev.vdc/, 'two of one serial')
})
