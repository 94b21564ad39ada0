import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readCommandLine, writeAddon } from '../src/loader/addon.ts'
import { editEntry, editGrubenv, isKernelEntry, kerneloptsIn, readEntry, usesKernelopts } from '../src/loader/bls.ts'
import { editGrubCfg, editGrubDefault, firstInGrubCfg, setsCommandLine } from '../src/loader/grub.ts'
import { edited } from '../src/loader/words.ts'
import { tempDir } from './support/context.ts'
import { tool } from './support/disks.ts'

await t.test('a command line: words are added once, and removed whole, by name, or by name and =', async (t) => {
  const cases: [line: string, add: string[], remove: string[], after: string][] = [
    ['ro  quiet', [], [], 'ro  quiet'],
    ['ro  quiet', ['quiet'], ['splash'], 'ro  quiet'],
    ['ro quiet', ['console=ttyS0'], [], 'ro quiet console=ttyS0'],
    ['', ['a', 'b'], [], 'a b'],
    ['ro quiet console=tty0 console=ttyS0', [], ['console=tty0'], 'ro quiet console=ttyS0'],
    ['ro quiet console=tty0 console=ttyS0 consoleblank=0', [], ['console'], 'ro quiet consoleblank=0'],
    ['console console=tty0', [], ['console='], 'console'],
    ['a dyndbg="file x.c +p" b', ['c'], ['a'], 'dyndbg="file x.c +p" b c'],
    ['console=tty0', ['console=ttyS0'], ['console'], 'console=ttyS0'],
  ]
  for (const [line, add, remove, after] of cases) {
    t.equal(edited(line, { add, remove }), after)
    t.equal(edited(after, { add, remove }), after, 'a second time nothing changes')
  }
})

const debian = `# If you change this file, run 'update-grub' afterwards to update
# GRUB_CMDLINE_LINUX="nothing"

GRUB_DEFAULT=0
GRUB_TIMEOUT=5
GRUB_DISTRIBUTOR=\`( . /etc/os-release && echo \${NAME} )\`
GRUB_CMDLINE_LINUX_DEFAULT="quiet splash"
GRUB_CMDLINE_LINUX=""
`

await t.test('/etc/default/grub: a word goes to every kernel, and is removed wherever it is set', async (t) => {
  const edit = { add: ['console=ttyS0,115200n8'], remove: ['quiet', 'splash'] }
  const after = debian
    .replace('DEFAULT="quiet splash"', 'DEFAULT=""')
    .replace('\nGRUB_CMDLINE_LINUX=""', '\nGRUB_CMDLINE_LINUX="console=ttyS0,115200n8"')
  t.equal(editGrubDefault(debian, edit), after)
  t.equal(editGrubDefault(after, edit), after, 'a second time nothing changes')
  t.equal(editGrubDefault(debian, { add: [], remove: ['nosuch'] }), debian)
})

await t.test('/etc/default/grub: quotes, expansions and comments stay what they are', async (t) => {
  const edit = { add: ['x'], remove: ['gone'] }
  const cases: [before: string, after: string][] = [
    [`GRUB_CMDLINE_LINUX='a gone' # why\n`, `GRUB_CMDLINE_LINUX="a x" # why\n`],
    [`GRUB_CMDLINE_LINUX=gone\n`, `GRUB_CMDLINE_LINUX="x"\n`],
    [`GRUB_CMDLINE_LINUX=; A=1\n`, `GRUB_CMDLINE_LINUX="x"; A=1\n`],
    [`  export GRUB_CMDLINE_LINUX="a"\n`, `  export GRUB_CMDLINE_LINUX="a x"\n`],
    [`GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX a"\n`, `GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX a x"\n`],
    [`GRUB_CMDLINE_LINUX="a \\$b \\"c d\\""\n`, `GRUB_CMDLINE_LINUX="a \\$b \\"c d\\" x"\n`],
    [`GRUB_CMDLINE_LINUX="a \\\n gone"\n`, `GRUB_CMDLINE_LINUX="a x"\n`],
    [`GRUB_CMDLINE_LINUX="a"\nGRUB_CMDLINE_LINUX="gone b"\n`, `GRUB_CMDLINE_LINUX="a"\nGRUB_CMDLINE_LINUX="b x"\n`],
    ['GRUB_TIMEOUT=0', 'GRUB_TIMEOUT=0\nGRUB_CMDLINE_LINUX="x"\n'],
  ]
  for (const [before, after] of cases) {
    t.equal(editGrubDefault(before, edit), after)
    t.equal(editGrubDefault(after, edit), after, 'a second time nothing changes')
  }
  t.ok(setsCommandLine(debian))
  t.notOk(setsCommandLine('GRUB_CMDLINE_LINUX_DEFAULT="a"\n# GRUB_CMDLINE_LINUX="b"\n'))
})

await t.test('/etc/default/grub: a shell, and then GRUB, read back the word that was meant', async (t) => {
  const dir = tempDir(t)
  for (const word of ['a=$HOME', 'b=`id`', 'c="x"', "d='y'", 'e=\\z', 'f=1;2&3|4', 'g={1}<2>#']) {
    const file = join(dir, 'grub')
    writeFileSync(file, editGrubDefault(debian, { add: [word], remove: [] }))
    const value = tool('sh', ['-c', `. ${file}; printf %s "$GRUB_CMDLINE_LINUX"`])
    const cfg = editGrubCfg('linux /vmlinuz\n', { add: [word], remove: [] })
    t.equal(cfg, `linux /vmlinuz ${value}\n`, 'grub-mkconfig writes the same')
    t.equal(firstInGrubCfg(cfg)?.commandLine, word)
    t.equal(editGrubCfg(cfg, { add: [word], remove: [] }), cfg, 'a second time nothing changes')
    t.equal(editGrubCfg(cfg, { add: [], remove: [word] }), 'linux /vmlinuz\n')
  }
})

const grubCfg = `set default="0"
menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple-1' {
	load_video
	insmod gzio
	search --no-floppy --fs-uuid --set=root 7f3a
	linux	/boot/vmlinuz-6.12.43+deb13-amd64 root=UUID=7f3a ro  quiet
	initrd	/boot/initrd.img-6.12.43+deb13-amd64
}
submenu 'Advanced options' {
	menuentry 'recovery mode' {
		echo	'Loading Linux 6.12 ...'
		linux	/boot/vmlinuz-6.12.43+deb13-amd64 root=UUID=7f3a ro single $extra
	}
}
menuentry "Memory test" {
	linux /boot/memtest86+x64.bin quiet
}
`

await t.test('grub.cfg: every kernel gets the word, the menu and the memory test stay', async (t) => {
  const edit = { add: ['console=ttyS0'], remove: ['quiet'] }
  const after = grubCfg
    .replace('ro  quiet\n', 'ro console=ttyS0\n')
    .replace('ro single $extra', 'ro single $extra console=ttyS0')
    .replace('root=UUID=7f3a ro console', 'root=UUID=7f3a ro console')
  t.equal(editGrubCfg(grubCfg, edit), after)
  t.equal(editGrubCfg(after, edit), after, 'a second time nothing changes')
  t.strictSame(firstInGrubCfg(grubCfg), {
    kernel: '/boot/vmlinuz-6.12.43+deb13-amd64',
    initrds: ['/boot/initrd.img-6.12.43+deb13-amd64'],
    commandLine: 'root=UUID=7f3a ro quiet',
  })
  t.equal(firstInGrubCfg('menuentry a {\nchainloader +1\n}\n'), null)
  const initrds = (words: string) => firstInGrubCfg(`linux /k a\ninitrd ${words}\n`)?.initrds
  t.strictSame(initrds('/boot/intel-ucode.img "/boot/initramfs.img"'), ['/boot/intel-ucode.img', '/boot/initramfs.img'])
  t.strictSame(initrds('/initramfs.img $tuned_initrd'), ['/initramfs.img'])
  t.strictSame(initrds('$dir/initrd'), ['$dir/initrd'], 'a file that nobody finds is missed, and not left out')
  t.strictSame(initrds('${initrd}'), ['${initrd}'])
})

const entry = `title Fedora Linux (6.11.4) 41
version 6.11.4-301.fc41.x86_64
linux /vmlinuz-6.11.4-301.fc41.x86_64
initrd /initramfs-6.11.4-301.fc41.x86_64.img
options root=UUID=7f3a ro rhgb quiet
grub_users $grub_users
`

await t.test('an entry of the Boot Loader Specification', async (t) => {
  const edit = { add: ['console=ttyS0'], remove: ['rhgb', 'quiet'] }
  const after = entry.replace('ro rhgb quiet', 'ro console=ttyS0')
  t.equal(editEntry(entry, edit), after)
  t.equal(editEntry(after, edit), after, 'a second time nothing changes')
  const two = 'linux /a\noptions x quiet\noptions y\n'
  t.equal(editEntry(two, edit), 'linux /a\noptions x\noptions y console=ttyS0\n')
  t.equal(
    editEntry('linux /a\noptions x console=ttyS0\noptions y\n', edit),
    'linux /a\noptions x console=ttyS0\noptions y\n',
  )
  t.equal(editEntry('linux /a\n', edit), 'linux /a\noptions console=ttyS0\n')
  t.ok(isKernelEntry(entry))
  t.notOk(isKernelEntry('title Windows\nefi /EFI/Microsoft/Boot/bootmgfw.efi\n'))
  t.strictSame(readEntry(entry), {
    kernel: '/vmlinuz-6.11.4-301.fc41.x86_64',
    initrds: ['/initramfs-6.11.4-301.fc41.x86_64.img'],
    commandLine: 'root=UUID=7f3a ro rhgb quiet',
  })
  t.strictSame(readEntry('linux /k\ninitrd /ucode\ninitrd /a /b $tuned_initrd\n')?.initrds, ['/ucode', '/a', '/b'])
})

await t.test('GRUB’s environment block keeps its size', async (t) => {
  const head = '# GRUB Environment Block\nsaved_entry=abc\nkernelopts=root=UUID=7f3a ro rhgb quiet a\\\\b\n'
  const block = head.padEnd(1024, '#')
  const after = editGrubenv(block, ['rhgb', 'quiet'])
  t.equal(after, head.replace(' rhgb quiet', '').padEnd(1024, '#'))
  t.equal(editGrubenv(after, ['rhgb', 'quiet']), after)
  t.equal(kerneloptsIn(block), String.raw`root=UUID=7f3a ro rhgb quiet a\b`)
  t.equal(kerneloptsIn('saved_entry=abc\n'), null)
  t.ok(usesKernelopts('linux /a\noptions $kernelopts\n'))
  t.notOk(usesKernelopts(entry))
})

await t.test('an add-on is a PE file that other programs read, byte for byte', async (t) => {
  const addon = writeAddon('console=ttyS0 quiet', 'x86_64')
  const hex = (from: number, to: number) => addon.toString('hex', from, to)
  t.equal(addon.length, 1536)
  t.equal(hex(0, 4), '4d5a0000')
  t.equal(hex(0x3c, 0x58), '40000000504500006486020000000000000000000000000' + '0f0002200')
  t.equal(
    hex(0x58, 0xc8),
    '0b02000000020000' +
      '0002000000000000001000000010000000000000000000000010000000020000' +
      '000000000000000000000000000000000030000000020000000000000a006001' +
      '0000000000000000000000000000000000000000000000000000000000000000' +
      '0000000010000000',
  )
  t.equal(hex(0xc8, 0x148), '00'.repeat(128), 'no data directories')
  t.equal(hex(0x148, 0x170), '2e746578740000000b000000001000000002000000020000000000000000000000000000' + '20000060')
  t.equal(hex(0x170, 0x198), '2e636d646c696e651300000000200000000200000004000000000000000000000000000040000040')
  t.equal(hex(0x200, 0x20b), '48b80300000000000080c3')
  t.equal(addon.toString('latin1', 0x400, 0x413), 'console=ttyS0 quiet')
  t.ok(addon.subarray(0x413).every((byte) => byte === 0))
  const file = join(tempDir(t), 'site.addon.efi')
  writeFileSync(file, addon)
  t.match(
    tool('objdump', ['-h', '-f', file]),
    /pei-x86-64[\s\S]*\.text +0000000b +0*1000[\s\S]*\.cmdline +00000013 +0*2000/,
  )
  t.match(tool('file', ['-b', file]), /^PE32\+ executable.*EFI application.*x86-64/)
  t.equal(readCommandLine(addon), 'console=ttyS0 quiet')
  t.equal(writeAddon('a', 'arm64').readUInt16LE(0x44), 0xaa64)
  t.equal(readCommandLine(writeAddon('x'.repeat(3000), 'arm64')), 'x'.repeat(3000))
  for (const none of [Buffer.alloc(0), Buffer.alloc(4096), addon.subarray(0, 0x150), Buffer.from('MZ'.padEnd(64))])
    t.equal(readCommandLine(none), null)
})
