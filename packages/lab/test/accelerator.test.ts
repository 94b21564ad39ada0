import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { chooseAccelerator } from '../src/qemu/accelerator.ts'

// One promise: KVM is used where the firmware comes as far as its console in it, and nowhere else.

const dir = t.testdir({})
const device = join(dir, 'kvm')
writeFileSync(device, '')
let count = 0
/** A QEMU that behaves so. */
const qemu = (script: string) => {
  const program = join(dir, `qemu-${count++}`)
  writeFileSync(program, `#!/bin/sh\n${script}\n`)
  chmodSync(program, 0o755)
  return program
}
const chosen = (script: string, timeoutMs = 2 ** 31 - 1) =>
  chooseAccelerator({ device, program: qemu(script), timeoutMs })

await t.test('what a QEMU says and does decides', async (t) => {
  t.equal(await chosen(`printf '\\033[2J'; exec sleep 600`), 'kvm')
  t.equal(await chosen('echo "error: failed to set MSR 0x10a" >&2; exit 134'), 'tcg')
  t.equal(await chosen('echo "KVM internal error. Suberror: 1" >&2; exec sleep 600'), 'tcg', 'a stopped guest')
  t.equal(await chosen('echo "warning: no rdrand" >&2; exec sleep 600', 50), 'tcg', 'one that never gets there')
  t.equal(await chooseAccelerator({ device, program: join(dir, 'none') }), 'tcg')
  t.equal(await chooseAccelerator({ device: join(dir, 'no-kvm'), program: qemu(`printf '\\033'`) }), 'tcg')
})
