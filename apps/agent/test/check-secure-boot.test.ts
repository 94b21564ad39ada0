import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BuiltinArgs } from '@eims/contracts'
import t from 'tap'
import { checkSecureBootHandler } from '../src/actions/check-secure-boot.ts'
import { fakeContext, reasonIn } from './support/context.ts'
import { fakeMachine, put } from './support/machine.ts'

const VARIABLE = 'firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c'
type Expected = BuiltinArgs<'check-secure-boot'>['expected']

/** What the firmware has, and what becomes of each that a workflow may want; true: the action succeeds. */
const cases: [name: string, variable: Buffer | null | 'bios', has: boolean | null, Record<Expected, boolean>][] = [
  ['Secure Boot is on', Buffer.from([6, 0, 0, 0, 1]), true, { on: true, off: false, any: true }],
  ['Secure Boot is off', Buffer.from([6, 0, 0, 0, 0]), false, { on: false, off: true, any: true }],
  ['a UEFI without Secure Boot', null, null, { on: false, off: true, any: true }],
  ['a BIOS', 'bios', null, { on: false, off: true, any: true }],
]

for (const [name, variable, has, fits] of cases)
  await t.test(name, async (t) => {
    const machine = fakeMachine(t)
    if (variable !== 'bios') mkdirSync(join(machine.sysRoot, 'firmware/efi/efivars'), { recursive: true })
    if (Buffer.isBuffer(variable)) put(join(machine.sysRoot, VARIABLE), variable)
    for (const expected of ['on', 'off', 'any'] as const) {
      const ended = checkSecureBootHandler({ expected }, fakeContext(t, machine))
      if (fits[expected]) t.strictSame((await ended).result, { secureBoot: has }, expected)
      else t.match(await reasonIn(ended), { code: 'secure-boot-differs', slots: { expected } }, expected)
    }
  })

await t.test('the reason names the setting to change', async (t) => {
  const machine = fakeMachine(t)
  put(join(machine.sysRoot, VARIABLE), Buffer.from([6, 0, 0, 0, 0]))
  await t.rejects(checkSecureBootHandler({ expected: 'on' }, fakeContext(t, machine)), {
    message: /turn it on in the firmware setup/,
  })
})
