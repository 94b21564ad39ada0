import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { kernelArgsHandler } from '../src/actions/kernel-args.ts'
import { architecture } from '../src/hardware/survey.ts'
import { readCommandLine, writeAddon } from '../src/loader/addon.ts'
import { fakeContext, reasonIn } from './support/context.ts'
import { tool } from './support/disks.ts'
import { anOs, inOwnMounts, type LoopDisk, loopDisk, RUN } from './support/loop-disk.ts'
import { put } from './support/machine.ts'

if (!(await inOwnMounts(t, import.meta.filename))) process.exit(process.exitCode)

const edit = { add: ['console=ttyS0'], remove: ['quiet'] }
const contextOf = (disk: LoopDisk) => fakeContext(t, disk.machine, { runId: RUN, results: disk.results })
const tree = (files: Record<string, string | Buffer>) => (folder: string) => {
  anOs(folder)
  for (const [path, text] of Object.entries(files)) put(join(folder, path), text)
}

await t.test('GRUB: what it reads at the next boot, and what makes that anew', async (t) => {
  const disk = await loopDisk(t, {
    parts: [
      { size: 8 },
      {
        size: 16,
        fs: 'ext4',
        tree: tree({
          'etc/default/grub': 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX=""\n',
          'etc/default/grub.d/10_cloud.cfg': 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX earlycon"\n',
          'etc/default/grub.d/kdump.cfg': 'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=1G"\n',
          'boot/grub/grub.cfg': 'menuentry a {\n  linux /boot/vmlinuz root=x quiet\n}\n',
        }),
      },
    ],
  })
  const context = contextOf(disk)
  const { result } = await kernelArgsHandler(edit, context)
  t.strictSame(result, {
    loader: 'grub',
    files: [
      '/etc/default/grub',
      '/etc/default/grub.d/10_cloud.cfg',
      '/etc/default/grub.d/kdump.cfg',
      '/boot/grub/grub.cfg',
    ],
  })
  const texts = () => disk.inside(2, 'cat etc/default/grub etc/default/grub.d/* boot/grub/grub.cfg')
  t.equal(
    texts(),
    'GRUB_CMDLINE_LINUX_DEFAULT=""\nGRUB_CMDLINE_LINUX=""\n' +
      'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX earlycon console=ttyS0"\n' +
      'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=1G"\n' +
      'menuentry a {\n  linux /boot/vmlinuz root=x console=ttyS0\n}',
  )
  const before = texts()
  await kernelArgsHandler(edit, context)
  t.equal(texts(), before, 'a second time nothing changes')
})

await t.test('BLS entries on a partition of /boot, and an add-on beside a unified kernel image', async (t) => {
  const esp = (folder: string) => {
    put(join(folder, 'EFI/Linux/debian.efi'), writeAddon('root=x ro', architecture()))
    put(join(folder, 'EFI/BOOT/BOOTX64.EFI'), '')
  }
  const boot = (folder: string) => put(join(folder, 'loader/entries/a.conf'), 'linux /a\noptions $kernelopts quiet\n')
  const grubenv = '# GRUB Environment Block\nkernelopts=root=x quiet\n'.padEnd(1024, '#')
  const disk = await loopDisk(t, {
    parts: [
      { size: 16, fs: 'ext4', tree: esp },
      {
        size: 16,
        fs: 'ext4',
        tree(folder) {
          boot(folder)
          put(join(folder, 'grub2/grubenv'), grubenv)
        },
      },
      { size: 16, fs: 'ext4', tree: tree({ 'etc/kernel/cmdline': 'root=x quiet\n' }) },
    ],
  })
  const context = contextOf(disk)
  const { result } = await kernelArgsHandler(edit, context)
  t.strictSame(result, {
    loader: 'uki, bls',
    files: ['/loader/addons/site.addon.efi', '/loader/entries/a.conf', '/grub2/grubenv', '/etc/kernel/cmdline'],
  })
  t.equal(disk.inside(2, 'cat loader/entries/a.conf'), 'linux /a\noptions $kernelopts console=ttyS0')
  t.match(disk.inside(2, 'cat grub2/grubenv'), /\nkernelopts=root=x\n#+$/)
  t.equal(disk.inside(3, 'cat etc/kernel/cmdline'), 'root=x console=ttyS0')
  const addon = () => Buffer.from(disk.inside(1, 'base64 loader/addons/site.addon.efi'), 'base64')
  t.equal(readCommandLine(addon()), 'console=ttyS0')
  t.strictSame(context.notes, [])

  await kernelArgsHandler({ add: ['ro', 'b'], remove: ['console'] }, context)
  t.equal(readCommandLine(addon()), 'b', 'what the image has inside is not added')
  await kernelArgsHandler({ add: [], remove: ['b'] }, context)
  t.equal(disk.inside(1, 'ls loader/addons'), '', 'an add-on without words goes')
  t.match(await reasonIn(kernelArgsHandler({ add: [], remove: ['ro'] }, context)), {
    code: 'kernel-args-built-in',
    slots: { file: '/EFI/Linux/debian.efi', has: 'root=x ro' },
  })

  const efivars = join(disk.machine.sysRoot, 'firmware/efi/efivars')
  mkdirSync(efivars, { recursive: true })
  put(join(efivars, 'SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c'), Buffer.from([6, 0, 0, 0, 1]))
  await kernelArgsHandler(edit, context)
  t.match(context.notes, [{ code: 'addon-not-signed', slots: { file: '/loader/addons/site.addon.efi' } }])
})

await t.test('a disk without a loader, and one that this run did not begin', async (t) => {
  const without = await loopDisk(t, { parts: [{ size: 16, fs: 'ext4', tree: anOs }] })
  t.match(await reasonIn(kernelArgsHandler(edit, contextOf(without))), { code: 'no-loader-found' })
  const cfg = tree({ 'boot/grub/grub.cfg': 'linux /a\n' })
  const other = await loopDisk(t, { parts: [{ size: 16, fs: 'ext4', tree: cfg }], marked: false })
  const before = readFileSync(join(other.machine.dir, 'disk.raw'))
  t.match(await reasonIn(kernelArgsHandler(edit, contextOf(other))), { code: 'disk-not-of-this-run' })
  t.ok(before.equals(readFileSync(join(other.machine.dir, 'disk.raw'))))
})

await t.test('a link in the place of a file leads nowhere', async (t) => {
  const outside = join(tool('mktemp', ['-d']).trim(), 'grub.cfg')
  put(outside, 'linux /a\n')
  const disk = await loopDisk(t, {
    parts: [
      {
        size: 16,
        fs: 'ext4',
        tree(folder) {
          anOs(folder)
          mkdirSync(join(folder, 'boot/grub'), { recursive: true })
          tool('ln', ['-s', outside, join(folder, 'boot/grub/grub.cfg')])
        },
      },
    ],
  })
  t.match(await reasonIn(kernelArgsHandler(edit, contextOf(disk))), { code: 'no-loader-found' })
  t.equal(readFileSync(outside, 'utf8'), 'linux /a\n')
})

await t.test('nor does one in the place of the add-on, or of its folder', async (t) => {
  const outside = tool('mktemp', ['-d']).trim()
  put(join(outside, 'disk'), 'another')
  for (const [from, to] of [
    ['loader/addons/site.addon.efi', join(outside, 'disk')],
    ['loader/addons', outside],
  ] as const) {
    const disk = await loopDisk(t, {
      parts: [
        {
          size: 16,
          fs: 'ext4',
          tree(folder) {
            put(join(folder, 'EFI/Linux/debian.efi'), writeAddon('root=x ro', architecture()))
            mkdirSync(dirname(join(folder, from)), { recursive: true })
            tool('ln', ['-s', to, join(folder, from)])
          },
        },
      ],
    })
    await kernelArgsHandler(edit, contextOf(disk))
    t.equal(readFileSync(join(outside, 'disk'), 'utf8'), 'another')
    t.strictSame(readdirSync(outside), ['disk'])
    t.match(
      disk.inside(1, `cat .${from === 'loader/addons' ? outside : '/loader/addons'}/site.addon.efi | tr -d "\\000"`),
      /console=ttyS0/,
    )
  }
})

await t.test('what is changed is a whole file of its own, its owner, mode and other bytes as they were', async (t) => {
  const cfg = Buffer.from('# caf\xe9\nlinux /a quiet\n', 'latin1')
  const disk = await loopDisk(t, {
    parts: [
      {
        size: 16,
        fs: 'ext4',
        tree(folder) {
          tree({ 'boot/grub/grub.cfg': cfg, 'etc/default/grub': '# caf\u00a0\u00e9\nGRUB_CMDLINE_LINUX="quiet"\n' })(
            folder,
          )
          const script =
            'cd "$1"; chmod 640 boot/grub/grub.cfg; chown 7:8 boot/grub/grub.cfg; ln boot/grub/grub.cfg before'
          tool('sh', ['-ec', script, 'sh', folder])
        },
      },
    ],
  })
  await kernelArgsHandler(edit, contextOf(disk))
  const changed = Buffer.from(disk.inside(1, 'base64 boot/grub/grub.cfg'), 'base64')
  t.equal(changed.toString('latin1'), '# caf\xe9\nlinux /a console=ttyS0\n')
  t.equal(disk.inside(1, 'cat etc/default/grub'), '# caf\u00a0\u00e9\nGRUB_CMDLINE_LINUX="console=ttyS0"')
  t.equal(disk.inside(1, 'stat -c "%a %u %g" boot/grub/grub.cfg'), '640 7 8')
  t.equal(disk.inside(1, 'base64 before'), cfg.toString('base64'), 'what is there is never half of it')
})
