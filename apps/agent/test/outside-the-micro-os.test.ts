import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lookOnly } from '../src/actions/table.ts'
import { livesInMemory, thisMachine } from '../src/machine.ts'
import { action } from './support/agent.ts'
import { fakeContext, tempDir } from './support/context.ts'
import { fakeMachine } from './support/machine.ts'

// An agent that somebody starts on a machine in use must not image it, restart it or set its clock.

await t.test('the Micro-OS is told by its root file system', async (t) => {
  const inside = `rootfs / rootfs rw,size=425916k,nr_inodes=106479,inode64 0 0
proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0
`
  t.equal(livesInMemory(inside), true)
  const outside = [
    'sysfs /sys sysfs rw 0 0\n/dev/vda1 / ext4 rw,relatime 0 0\n',
    'overlay / overlay rw,lowerdir=/a 0 0\n',
    'tmpfs / tmpfs rw 0 0\n',
    'rootfs /mnt rootfs rw 0 0\n/dev/vda1 / ext4 rw 0 0\n',
    '',
  ]
  for (const mounts of outside) t.equal(livesInMemory(mounts), false, mounts)
  t.equal(livesInMemory(readFileSync('/proc/mounts', 'utf8')), false, 'where the tests run')
})

await t.test('clock, power and mounts are left alone', async (t) => {
  const sysrq = join(tempDir(t), 'sysrq-trigger')
  const machine = thisMachine(null, false, sysrq)
  // arguments that would do no harm if the guard were broken
  for (const applet of ['date', 'reboot', 'poweroff', 'mount', 'blockdev'])
    await t.rejects(machine.busybox(applet, '--help'), { message: `${applet} is not run outside the Micro-OS` })
  t.throws(() => machine.force('reboot'), { message: 'reboot is not forced outside the Micro-OS' })
  t.notOk(existsSync(sysrq))
  thisMachine(null, true, sysrq).force('poweroff')
  t.equal(readFileSync(sysrq, 'utf8'), 'o', 'and inside it is')
})

await t.test('no action but looking is done', async (t) => {
  const context = fakeContext(t, fakeMachine(t))
  const builtin = (name: 'write-image' | 'inventory' | 'reboot') => ({
    ...action(name).action,
    uses: { kind: 'builtin' as const, builtin: name },
  })
  for (const name of ['write-image', 'reboot'] as const)
    await t.rejects(lookOnly(builtin(name), context), {
      message: `Action ${name} is not done here: this agent does not run in the Micro-OS`,
    })
  t.strictSame(await lookOnly(builtin('inventory'), context), { result: {} })
})
