import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { installGrubHandler } from '../src/actions/install-grub.ts'
import { markPlace } from '../src/disk/mark.ts'
import { fakeContext, reasonIn } from './support/context.ts'
import { anOs, inOwnMounts, type LoopDisk, loopDisk, RUN } from './support/loop-disk.ts'
import { put } from './support/machine.ts'

if (!(await inOwnMounts(t, import.meta.filename))) process.exit(process.exitCode)

/** A Linux with busybox, and a grub-install that says what it sees and writes boot code in front of the table. */
const withGrub =
  (name: string, { fstab = '', end = 0 } = {}) =>
  (folder: string) => {
    anOs(folder)
    mkdirSync(join(folder, 'bin'))
    copyFileSync('/bin/busybox', join(folder, 'bin/busybox'))
    for (const applet of ['sh', 'ls', 'grep', 'mount', 'printf', 'dd'])
      symlinkSync('busybox', join(folder, 'bin', applet))
    put(join(folder, 'etc/fstab'), fstab)
    mkdirSync(join(folder, 'boot'))
    const program = join(folder, 'usr/sbin', name)
    put(
      program,
      `#!/bin/sh
echo "$0 $*"
for each in /dev/vd*; do echo "$each"; done
ls /boot
printf CODE | dd of=/dev/vda conv=notrunc 2>/dev/null
exit ${end}
`,
    )
    chmodSync(program, 0o755)
  }
const contextOf = (t: Parameters<typeof fakeContext>[0], disk: LoopDisk) =>
  fakeContext(t, disk.machine, { runId: RUN, results: disk.results })
const any = { partition: null, fsType: null }

for (const name of ['grub-install', 'grub2-install'])
  await t.test(`${name} of the installed system writes the chosen disk's boot record`, async (t) => {
    const disk = await loopDisk(t, { parts: [{ size: 32, fs: 'ext4', tree: withGrub(name) }], table: 'dos' })
    const context = contextOf(t, disk)
    t.strictSame(await installGrubHandler(any, context), { result: { partition: 1 } })
    t.strictSame(context.lines.slice(0, 3), [`/usr/sbin/${name} --target=i386-pc /dev/vda`, '/dev/vda', '/dev/vda1'])
    const bytes = readFileSync(join(disk.machine.dir, 'disk.raw'))
    t.ok(bytes.subarray(0, 512).equals(Buffer.alloc(512)), 'sector 0 is withheld again')
    const kept = markPlace({ size: disk.size, sectorSize: 512 }) - 512
    t.equal(bytes.toString('latin1', kept, kept + 4), 'CODE', 'and kept with its new code')
    t.equal(bytes.readUInt16BE(kept + 510), 0x55aa)
  })

await t.test('a /boot of its own is mounted, as the system’s fstab says', async (t) => {
  const fstab = '# /boot\n/dev/vda1 /boot ext4 defaults 0 0\n'
  const disk = await loopDisk(t, {
    parts: [
      { size: 16, fs: 'ext4', tree: (folder) => put(join(folder, 'on-boot'), '') },
      { size: 32, fs: 'ext4', tree: withGrub('grub-install', { fstab }) },
    ],
  })
  const context = contextOf(t, disk)
  await installGrubHandler(any, context)
  t.ok(context.lines.includes('on-boot'))
  t.strictSame(disk.mounted(), [])
})

await t.test('what grub-install says last is the reason', async (t) => {
  const disk = await loopDisk(t, { parts: [{ size: 32, fs: 'ext4', tree: withGrub('grub-install', { end: 1 }) }] })
  t.match(await reasonIn(installGrubHandler(any, contextOf(t, disk))), {
    code: 'program-failed',
    slots: { program: 'grub-install', exitCode: 1 },
  })
  const other = await loopDisk(t, { parts: [{ size: 32, fs: 'ext4', tree: withGrub('grub-install') }], marked: false })
  t.match(await reasonIn(installGrubHandler(any, contextOf(t, other))), { code: 'disk-not-of-this-run' })
})
