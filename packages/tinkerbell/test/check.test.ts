import t from 'tap'
import { builtinOf, check, readDocument } from '../src/index.ts'
import { lines } from './machines.ts'

// What an action is told is checked when a template is uploaded: by name, by kind, and by what must be there.

function checked(image: string, env: Record<string, string>, more = '') {
  const text = `name: a
tasks:
  - name: t
    worker: w
    actions:
      - name: x
        image: ${image}
${more}        environment:
${
  Object.entries(env)
    .map(([name, value]) => `          ${name}: ${JSON.stringify(value)}\n`)
    .join('') || '          {}\n'
}`
  const { steps, mistakes } = readDocument(text, {})
  t.strictSame(lines(mistakes), [])
  const found = check(steps[0]!)
  const short = (notes: typeof found.mistakes) =>
    lines(notes).map((line) => line.replace(/^(\d+) tasks\[0\]\.actions\[0\]/, '$1'))
  return { mistakes: short(found.mistakes), warnings: short(found.warnings), builtin: builtinOf(steps[0]!.actions[0]!) }
}
const clean = (builtin: string | null) => ({ mistakes: [], warnings: [], builtin })

const file = { FS_TYPE: 'ext4', DEST_PATH: '/etc/x', UID: '0', GID: '0', MODE: '0644', DIRMODE: '0755', CONTENTS: 'x' }
t.strictSame(checked('writefile', file), clean('write-file'))
t.strictSame(
  checked('writefile', { FS_TYPE: 'ext4', DEST_PTH: '/etc/x', UID: 'root', GID: '0', MODE: '644rw', COLOUR: 'red' }),
  {
    mistakes: [
      '6: writefile needs DEST_PATH, and it is not given',
      '6: writefile needs DIRMODE, and it is not given',
      '6: writefile needs one of CONTENTS, BOOTCONFIG_CONTENTS, STATIC_NETPLAN, HEGEL_URL, HEGEL_URLS',
      '11.environment.UID: UID must be the number of a user or group',
      '13.environment.MODE: MODE must be an octal mode, as 0644',
    ],
    warnings: [
      '10.environment.DEST_PTH: writefile has no variable DEST_PTH: did you mean DEST_PATH?',
      '14.environment.COLOUR: writefile has no variable COLOUR',
    ],
    builtin: 'write-file',
  },
)
t.strictSame(checked('writefile', { ...file, CONTENTS: '' }), clean('write-file'), 'an empty file is one')
t.strictSame(checked('writefile', { ...file, STATIC_NETPLAN: 'true' }).mistakes, [
  '16.environment.STATIC_NETPLAN: CONTENTS and STATIC_NETPLAN are both given, and they mean the same thing',
])
for (const [path, says] of [
  ['etc/x', 'must be an absolute path'],
  ['/etc/', 'must end with the name of a file'],
  ['/etc/../x', 'must not hold ..'],
] as const)
  t.strictSame(checked('writefile', { ...file, DEST_PATH: path }).mistakes, [
    `10.environment.DEST_PATH: DEST_PATH ${says}`,
  ])

const image = { IMG_URL: 'https://images.example/a.img', DEST_DISK: '/dev/sda' }
t.strictSame(checked('image2disk', { ...image, HTTPS_PROXY: 'http://proxy:3128' }), clean('write-image'))
t.strictSame(
  checked('qemu_nbd_image2disk', { IMG_URL: image.IMG_URL, SHA256: 'ab'.repeat(32), TLS_CA_CERT: '' }),
  clean('write-image'),
)
t.strictSame(
  checked('image2disk', {
    IMG_URL: 'file:///a.img',
    DEST_DISK: 'sda',
    COMPRESSED: 'yes',
    SHA256: '12',
    RETRY_ENABLED: 'true',
  }),
  {
    mistakes: [
      '9.environment.IMG_URL: IMG_URL must be an http:// or https:// URL',
      '10.environment.DEST_DISK: DEST_DISK must be a block device, as /dev/sda or /dev/disk/by-id/NAME',
      '11.environment.COMPRESSED: COMPRESSED must be true or false',
      '12.environment.SHA256: SHA256 must be a SHA-256 digest: 64 hexadecimal digits',
    ],
    warnings: [
      '13.environment.RETRY_ENABLED: RETRY_ENABLED changes nothing here: a download that breaks off is taken up again until the time of the action is up',
    ],
    builtin: 'write-image',
  },
)
t.strictSame(
  checked('image2disk', { IMG_URL: '' }).mistakes,
  ['6: image2disk needs IMG_URL, and it is not given'],
  'nothing is none',
)
t.strictSame(checked('oci2disk', { IMG_URL: 'registry:5000/a/b:v1.gz' }), clean('write-image'))
t.strictSame(checked('qemuimg2disk', { ...image, FORMAT: 'vhdx' }).mistakes, [
  '11.environment.FORMAT: FORMAT must be one of host_device, raw',
])

const command = { FS_TYPE: 'ext4', CMD_LINE: 'true' }
t.strictSame(
  checked('cexec', { ...command, CHROOT: 'y', TOKEN: 'x', MY_PROXY: '' }),
  clean('chroot'),
  'its own variables',
)
t.strictSame(checked('cexec', { ...command, CHROOT: 'false', CMD_LIN: 'x' }).warnings, [
  '11.environment.CHROOT: CHROOT is on, because any text means yes',
  '12.environment.CMD_LIN: cexec has no variable CMD_LIN: did you mean CMD_LINE?',
])
t.strictSame(checked('cexec', {}).mistakes, [
  '6: cexec needs FS_TYPE, and it is not given',
  '6: cexec needs CMD_LINE, and it is not given',
])

t.strictSame(checked('rootio', {}, '        command: ["partition"]\n'), clean('partition-disk'))
t.strictSame(checked('rootio', {}).mistakes, ['6: rootio needs a command of partition, format, mount, wipe'])
t.strictSame(checked('rootio', {}, '        command: ["split"]\n').mistakes, [
  '8.command: rootio needs a command of partition, format, mount, wipe',
])
const archive = {
  ARCHIVE_URL: 'http://a/b',
  ARCHIVE_TYPE: 'zip',
  DEST_DISK: '/dev/sda1',
  FS_TYPE: 'ext4',
  DEST_PATH: '/',
}
t.strictSame(checked('archive2disk', { ...archive, TARFILE_CHECKSUM: 'md5:1' }).mistakes, [
  '10.environment.ARCHIVE_TYPE: ARCHIVE_TYPE must be one of tar, targz',
  '14.environment.TARFILE_CHECKSUM: TARFILE_CHECKSUM must be sha256: or sha512: and the digest',
])
t.strictSame(
  checked('grub2disk', { GRUB_INSTALL_PATH: '/dev/sda', GRUB_DISK: '/dev/sda1', FS_TYPE: 'ext4' }),
  clean('install-grub'),
)
t.strictSame(checked('cidataio', { USER_DATA: '#cloud-config' }), clean('seed'))
t.strictSame(checked('secure-boot-status-flag-read', { SECURITY_FEATURE_FLAG: 'NONE' }).mistakes, [
  '9.environment.SECURITY_FEATURE_FLAG: SECURITY_FEATURE_FLAG must be one of SECURITY_FEATURE_UNSPECIFIED, SECURITY_FEATURE_NONE, SECURITY_FEATURE_SECURE_BOOT_AND_FULL_DISK_ENCRYPTION',
])
t.strictSame(checked('efibootset', {}), clean('boot-order'))
t.strictSame(checked('erase_non_removable_disks', {}), clean('erase-disk'))
t.strictSame(checked('kexec', { FS_TYPE: 'ext4' }), clean('kexec'))
t.strictSame(checked('reboot', { WAIT: '5' }).warnings, ['9.environment.WAIT: reboot has no variable WAIT'])

const verified = { ...archive, ARCHIVE_TYPE: 'tar', TARFILE_CHECKSUM: `sha256:${'ab'.repeat(32)}` }
const { CONTENTS: _, ...withoutContents } = file
const unsure = 'INSECURE_NO_TARFILE_CHECKSUM_VERIFICATION'
const unverified = ['6: archive2disk needs one of TARFILE_CHECKSUM, INSECURE_NO_TARFILE_CHECKSUM_VERIFICATION']
t.strictSame(checked('archive2disk', { ...verified, [unsure]: 'false' }), clean('unpack-archive'), 'false is not given')
t.strictSame(checked('archive2disk', { ...verified, TARFILE_CHECKSUM: '', [unsure]: 'true' }), clean('unpack-archive'))
t.strictSame(checked('archive2disk', { ...verified, TARFILE_CHECKSUM: '' }).mistakes, unverified)
t.strictSame(checked('archive2disk', { ...verified, TARFILE_CHECKSUM: '', [unsure]: 'F' }).mistakes, unverified)
t.match(checked('archive2disk', { ...verified, [unsure]: '1' }).mistakes, [/both given/])
t.match(
  checked('writefile', { ...withoutContents, HEGEL_URL: '' }).mistakes,
  [/needs one of CONTENTS/],
  'only contents may be empty',
)
for (const name of ['/dev/../etc/passwd', '/dev/./sda', '/dev//sda', '/dev/sda/', '/dev/disk/..', '/dev/'])
  t.match(checked('image2disk', { ...image, DEST_DISK: name }).mistakes, [/DEST_DISK must be a block device/], name)
for (const name of ['/dev/disk/by-path/pci-0000:00:1f.2-ata-1', '/dev/..x'])
  t.strictSame(checked('image2disk', { ...image, DEST_DISK: name }), clean('write-image'), name)
t.strictSame(checked('image2disk', { ...image, TLS_CA_CERT: 'YWJj\nZA=\n=\n' }), clean('write-image'))
t.match(checked('image2disk', { ...image, TLS_CA_CERT: 'YW=j' }).mistakes, [/TLS_CA_CERT must be base64/])
// quadratic, it would take minutes
t.match(checked('image2disk', { ...image, TLS_CA_CERT: `a${' '.repeat(100_000)}!` }).mistakes, [/must be base64/])

const told = (name: string, words: string[]) =>
  checked(name, {}, `        command: ${JSON.stringify(words)}\n`).mistakes
t.strictSame(told('reboot', ['poweroff', '-f']), [
  '8.command: reboot does not run "poweroff -f": no image is run, and it takes no command',
])
t.strictSame(told('reboot', ['reboot', '-f']), [])
t.strictSame(told('poweroff', ['/bin/sh', '-c', 'sync; poweroff']), [])
t.match(told('poweroff', ['reboot']), [/poweroff does not run "reboot"/])
for (const name of ['efibootset', 'erase_non_removable_disks', 'cidataio', 'emt_partition'])
  t.match(told(name, ['true']).join('\n'), new RegExp(`${name} does not run "true"`))

for (const [name, says] of [
  ['syslinux', 'syslinux 3.86 is not installed by eims'],
  ['slurp', 'slurp sends a disk’s content away, and eims reads no disk that it is to write'],
  ['emt_partition', 'emt_partition cuts an image’s partitions anew, and eims leaves them as the image has them'],
] as const)
  t.match(checked(name, {}), { mistakes: [`7.image: ${says}`], builtin: null })

// waitdaemon: what it runs when its success was reported is how the machine is left
const wait = (words: string[] | null, name: string) =>
  checked('waitdaemon', { IMAGE: name, WAIT_SECONDS: '5' }, words ? `        command: ${JSON.stringify(words)}\n` : '')
    .builtin
t.equal(wait(null, 'quay.io/tinkerbell/actions/kexec:latest'), 'kexec')
t.equal(wait(null, 'quay.io/tinkerbell-actions/reboot:v1.0.0'), 'reboot')
t.equal(wait(['reboot'], 'alpine'), 'reboot')
t.equal(wait(['/sbin/reboot', '-f'], 'alpine'), 'reboot')
t.equal(wait(['poweroff'], 'alpine'), 'poweroff')
t.equal(wait(['sh', '-c', 'echo 1 > /proc/sys/kernel/sysrq; sync; echo o >/proc/sysrq-trigger'], 'alpine'), 'poweroff')
t.equal(wait(['/bin/sh', '-c', 'sleep 3 && reboot'], 'alpine'), 'reboot')
for (const [words, name] of [
  [null, 'alpine'],
  [null, 'x/constructor'],
  [['ls'], 'alpine'],
  [['sh', '-c', 'rm -rf /mnt && reboot'], 'alpine'],
  [['sh', '-c', 'reboot; echo done'], 'alpine'],
  [['sh', '-c'], 'alpine'],
] as const) {
  const found = checked('waitdaemon', { IMAGE: name }, words ? `        command: ${JSON.stringify(words)}\n` : '')
  t.match(found, {
    mistakes: ['7.image: waitdaemon does something else than reboot, poweroff or kexec'],
    builtin: null,
  })
}

const skipped = readDocument(
  'name: a\ntasks: [{name: t, worker: w, actions: [{name: x, image: writefile, when: "false"}, {name: y, image: reboot, on-failure: [{name: z, image: writefile}]}]}]\n',
  {},
)
t.strictSame(
  [...new Set(check(skipped.steps[0]!).mistakes.map(({ path }) => path))],
  ['tasks[0].actions[1].on-failure[0]'],
  'what does not run is not checked; what follows a failure is',
)
