import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BuiltinArgs } from '@eims/contracts'
import t from 'tap'
import { kexecHandler } from '../src/actions/kexec.ts'
import { holdsMark } from '../src/disk/mark.ts'
import { fakeContext, reasonIn } from './support/context.ts'
import { anOs, inOwnMounts, type LoopDisk, loopDisk, RUN } from './support/loop-disk.ts'
import { put } from './support/machine.ts'

if (!(await inOwnMounts(t, import.meta.filename))) process.exit(process.exitCode)

const MIB = 1024 * 1024
const first: BuiltinArgs<'kexec'> = { partition: null, fsType: null, kernel: null, initrd: null, commandLine: null }
const tree = (files: Record<string, string>) => (folder: string) => {
  anOs(folder)
  for (const [path, text] of Object.entries(files)) put(join(folder, path), text)
}
const os = {
  'boot/grub/grub.cfg': 'menuentry a {\n linux /boot/vmlinuz root=UUID=1 ro $vt_handoff\n initrd /boot/initrd.img\n}\n',
  'boot/vmlinuz': 'kernel',
  'boot/initrd.img': 'initrd',
}

/** The disk's machine, whose kexec takes what it is given, if it is there, or ends with a code. */
function at(disk: LoopDisk, code = 0) {
  const loaded: string[][] = []
  const run: LoopDisk['machine']['run'] = async (program, args, options) => {
    if (program !== 'kexec') return await disk.machine.run(program, args, options)
    const files = [args.at(-1)!, ...args.flatMap((word) => /^--initrd=(.*)/.exec(word)?.[1] ?? [])]
    if (!files.every((path) => existsSync(path))) throw new Error(`${files.join(' ')} is not mounted`)
    loaded.push([
      ...args.slice(0, -1).filter((word) => !word.startsWith('--initrd')),
      ...files.map((path) => readFileSync(path, 'utf8')),
    ])
    if (code !== 0) options?.line?.('kexec_load failed: Operation not permitted', 'stderr')
    return { code }
  }
  const machine = { ...disk.machine, run }
  return {
    loaded,
    context: (t: Parameters<typeof fakeContext>[0]) => fakeContext(t, machine, { runId: RUN, results: disk.results }),
  }
}
const isMarked = ({ machine, size }: LoopDisk) =>
  holdsMark(readFileSync(join(machine.dir, 'disk.raw')).subarray(-MIB), size)

await t.test('the first entry of grub.cfg is loaded, the mark goes, and the loop starts it', async (t) => {
  const disk = await loopDisk(t, { parts: [{ size: 8 }, { size: 16, fs: 'ext4', tree: tree(os) }] })
  const { loaded, context } = at(disk)
  t.strictSame(await kexecHandler(first, context(t)), {
    result: { kernel: '/boot/vmlinuz', commandLine: 'root=UUID=1 ro' },
    finish: 'kexec',
  })
  t.strictSame(loaded, [['--load', '--kexec-syscall-auto', '--command-line=root=UUID=1 ro', 'kernel', 'initrd']])
  t.notOk(isMarked(disk))
  t.strictSame(disk.mounted(), [])
})

await t.test('a loader on a partition of its own: the newest entry', async (t) => {
  const boot = (folder: string) => {
    for (const version of ['6.9', '6.11']) {
      put(
        join(folder, `loader/entries/a-${version}.conf`),
        `linux /vmlinuz-${version}\ninitrd /i\noptions root=x ${version}\n`,
      )
      put(join(folder, `vmlinuz-${version}`), version)
    }
    put(join(folder, 'i'), 'initrd')
  }
  const disk = await loopDisk(t, {
    parts: [
      { size: 16, fs: 'ext4', tree: boot },
      { size: 16, fs: 'ext4', tree: anOs },
    ],
  })
  const { loaded, context } = at(disk)
  const { result } = await kexecHandler({ ...first, commandLine: 'mine' }, context(t))
  t.strictSame(result, { kernel: '/vmlinuz-6.11', commandLine: 'mine' })
  t.strictSame(loaded[0]!.slice(-2), ['6.11', 'initrd'])
})

await t.test('all initrds of an entry are one, each from a multiple of four bytes on', async (t) => {
  const cfg = 'menuentry a {\n linux /boot/vmlinuz root=x\n initrd /boot/ucode.img /boot/initrd.img $more\n}\n'
  const files = { ...os, 'boot/grub/grub.cfg': cfg, 'boot/ucode.img': 'ucode' }
  const disk = await loopDisk(t, { parts: [{ size: 16, fs: 'ext4', tree: tree(files) }] })
  const { loaded, context } = at(disk)
  await kexecHandler(first, context(t))
  t.strictSame(loaded[0]!.slice(-2), ['kernel', 'ucode\0\0\0initrd\0\0'])
  t.notOk(existsSync(join(disk.machine.root, 'tmp/kexec-initrd')))
})

await t.test('arguments that GRUB has in a variable: its environment block’s, grub.cfg’s, or a failure', async (t) => {
  const entry = 'linux /k\ninitrd /i\noptions $kernelopts $tuned_params\n'
  const files = { 'loader/entries/a.conf': entry, k: 'kernel', i: 'initrd' }
  const cfg = 'if [ -z "${kernelopts}" ]; then\n  set kernelopts="root=/dev/b ro "\nfi\nblscfg\n'
  const lines = async (more: Record<string, string>, commandLine: string | null = null) => {
    const disk = await loopDisk(t, { parts: [{ size: 16, fs: 'ext4', tree: tree({ ...files, ...more }) }] })
    const work = kexecHandler({ ...first, commandLine }, at(disk).context(t))
    const reason = await reasonIn(work)
    t.equal(isMarked(disk), reason !== null, 'the disk is released by a success alone')
    return reason ?? (await work).result.commandLine
  }
  const grubenv = '# GRUB Environment Block\nkernelopts=root=/dev/a ro quiet \n####'
  t.equal(await lines({ 'grub2/grubenv': grubenv, 'grub2/grub.cfg': cfg }), 'root=/dev/a ro quiet')
  t.equal(await lines({ 'grub2/grub.cfg': cfg }), 'root=/dev/b ro')
  t.strictSame(await lines({}), { code: 'kernel-args-unknown', slots: { variable: 'kernelopts' } })
  t.equal(await lines({}, 'root=/dev/c'), 'root=/dev/c')
})

await t.test('what the workflow names: a kernel goes without the initrd of another one', async (t) => {
  const disk = await loopDisk(t, { parts: [{ size: 16, fs: 'ext4', tree: tree({ ...os, 'boot/other': 'other' }) }] })
  const { loaded, context } = at(disk)
  const { result } = await kexecHandler({ ...first, kernel: '/boot/other' }, context(t))
  t.strictSame(result, { kernel: '/boot/other', commandLine: 'root=UUID=1 ro' })
  t.strictSame(loaded[0]!.slice(-1), ['other'])
})

await t.test('what cannot be started is told, and the mark stays', async (t) => {
  const disk = await loopDisk(t, { parts: [{ size: 16, fs: 'ext4', tree: tree(os) }] })
  const { context } = at(disk)
  t.match(await reasonIn(kexecHandler({ ...first, kernel: '/boot/nosuch' }, context(t))), {
    code: 'no-kernel-found',
    slots: { path: '/boot/nosuch' },
  })
  t.match(await reasonIn(kexecHandler({ ...first, initrd: '/nosuch/initrd' }, context(t))), {
    code: 'no-kernel-found',
    slots: { path: '/nosuch/initrd' },
  })
  t.match(await reasonIn(kexecHandler(first, at(disk, 1).context(t))), {
    code: 'program-failed',
    slots: { program: 'kexec', exitCode: 1, last: 'kexec_load failed: Operation not permitted' },
  })
  const none = await loopDisk(t, { parts: [{ size: 16, fs: 'ext4', tree: anOs }] })
  t.match(await reasonIn(kexecHandler(first, at(none).context(t))), { code: 'no-kernel-found', slots: { path: null } })
  t.ok(isMarked(disk))
  t.ok(isMarked(none))
})
