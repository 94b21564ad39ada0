import t from 'tap'
import { lines, machine, read, stepsOf } from './machines.ts'

// Templates as they are published come out as the steps that they mean. Those of test/templates are our own, with the
// peculiarities of the public ones.

const steps = (name: string, data: Record<string, unknown> = machine) => stepsOf(t, name, data)
const worker = '52:54:00:12:34:56'
const dev = '/dev:/dev'
const file = { FS_TYPE: 'ext4', UID: '0', GID: '0' }

t.strictSame(steps('one-template-two-endings'), {
  whole: { name: 'noble', worker, timeout: 2400 },
  actions: [
    {
      builtin: 'write-image',
      name: 'write the image',
      env: { DEST_DISK: '/dev/nvme0n1', IMG_URL: 'http://10.0.0.1:8080/noble-$ARCH.raw.gz', COMPRESSED: 'true' },
      volumes: [dev],
      timeout: 900,
    },
    {
      builtin: 'chroot',
      name: 'grow the root',
      env: {
        BLOCK_DEVICE: '/dev/nvme0n1p1',
        FS_TYPE: 'ext4',
        CHROOT: 'y',
        DEFAULT_INTERPRETER: '/bin/sh -c',
        CMD_LINE: 'growpart /dev/nvme0n1 1 && resize2fs $(findmnt -no SOURCE /)',
      },
      volumes: [dev],
      timeout: 120,
    },
    {
      builtin: 'write-file',
      name: 'network',
      env: {
        ...file,
        DEST_DISK: '/dev/nvme0n1p1',
        DEST_PATH: '/etc/netplan/50-all.yaml',
        CONTENTS: 'network:\n  version: 2\n  ethernets:\n    all: { match: { name: "e*" }, dhcp4: true }\n',
        MODE: '0600',
        DIRMODE: '0755',
      },
      volumes: [dev],
      timeout: 60,
    },
    {
      builtin: 'kexec',
      name: 'jump into it',
      env: {
        BLOCK_DEVICE: '/dev/nvme0n1p1',
        FS_TYPE: 'ext4',
        IMAGE: 'quay.io/tinkerbell/actions/kexec:latest',
        WAIT_SECONDS: '5',
      },
      volumes: [dev, '/var/run/docker.sock:/var/run/docker.sock'],
      pid: 'host',
      timeout: 90,
    },
  ],
  mistakes: [
    '22 tasks[0].actions[0].environment.IMG_URL: IMG_URL holds $ARCH, which a script beside the template fills in and nobody does here: write what it stands for',
  ],
  warnings: [],
})

const arm = { ...machine.Hardware, Interfaces: [{ DHCP: { Arch: 'aarch64' } }] }
t.strictSame(
  steps('one-template-two-endings', { ...machine, Hardware: arm }).actions.at(-1),
  {
    builtin: 'reboot',
    name: 'restart into it',
    command: ['sh', '-c', 'echo 1 > /proc/sys/kernel/sysrq && echo b > /proc/sysrq-trigger'],
    env: { BLOCK_DEVICE: '/dev/nvme0n1p1', FS_TYPE: 'ext4', IMAGE: 'alpine:latest', WAIT_SECONDS: '5' },
    volumes: [dev, '/var/run/docker.sock:/var/run/docker.sock'],
    pid: 'host',
    timeout: 90,
  },
  'a condition through the middle of an action changes which keys it has',
)

const cluster = steps('cluster-node')
t.strictSame(cluster.whole, { name: 'node-edge-1', worker, timeout: null }, 'no global_timeout')
t.strictSame(
  cluster.actions.map(({ builtin, timeout = null }) => [builtin, timeout]),
  [
    ['write-image', 1800],
    ['write-file', 90],
    ['write-file', null],
    ['kexec', null],
  ],
  'timeout: 0 and none are said to be nothing by told()',
)
t.equal(read('cluster-node').steps[0]?.actions[2]?.timeout, null, 'none')
t.equal(read('cluster-node').steps[0]?.actions[3]?.timeout, 0, 'no limit')
t.strictSame(cluster.actions[1]?.env, {
  ...file,
  DEST_DISK: '/dev/nvme0n1p1',
  DEST_PATH: '/etc/cloud/cloud.cfg.d/20_tinkerbell.cfg',
  MODE: '0600',
  DIRMODE: '0700',
  CONTENTS:
    'datasource:\n  Ec2:\n    metadata_urls: ["http://10.0.0.1:7080"]\n    strict_id: false\nmanage_etc_hosts: localhost\n',
})
t.strictSame([cluster.mistakes, cluster.warnings], [[], []])

const override = steps('machine-template')
t.strictSame(override.whole, { name: 'control-plane', worker, timeout: 6000 })
t.strictSame(
  override.actions.map(({ builtin, name }) => [builtin, name]),
  [
    ['write-image', 'image'],
    ['write-file', 'hostname'],
    ['reboot', 'restart'],
  ],
)
t.match(override.actions[1], { env: { DEST_DISK: '/dev/nvme0n1p3', CONTENTS: 'edge-1', MODE: '0644' } })
t.strictSame([override.mistakes, override.warnings], [[], ['45 kind: A Cluster is not read']])

const ubuntu = steps('anywhere-ubuntu')
t.strictSame(ubuntu.whole, { name: 'shop-floor', worker, timeout: 6000 })
t.strictSame(ubuntu.actions, [
  {
    builtin: 'write-image',
    name: 'stream-image',
    env: { COMPRESSED: 'true', DEST_DISK: '/dev/nvme0n1', IMG_URL: 'https://images.example/ubuntu-1-31.gz' },
    volumes: [dev, '/dev/console:/dev/console'],
    timeout: 600,
  },
  {
    builtin: 'write-file',
    name: 'write-netplan',
    env: {
      ...file,
      DEST_DISK: '/dev/nvme0n1p2',
      DEST_PATH: '/etc/netplan/config.yaml',
      DIRMODE: '0755',
      MODE: '0644',
      STATIC_NETPLAN: 'true',
    },
    volumes: [dev, '/dev/console:/dev/console'],
    pid: 'host',
    timeout: 90,
  },
  {
    builtin: 'chroot',
    name: 'ssh-port',
    env: {
      BLOCK_DEVICE: '/dev/nvme0n1p2',
      CHROOT: 'y',
      CMD_LINE: "sed -i 's/^#Port 22$/Port 2222/' /etc/ssh/sshd_config",
      DEFAULT_INTERPRETER: '/bin/sh -c',
      FS_TYPE: 'ext4',
    },
    volumes: [dev, '/dev/console:/dev/console'],
    timeout: 90,
  },
  {
    builtin: 'reboot',
    name: 'reboot-image',
    env: {},
    volumes: [dev, '/dev/console:/dev/console', '/worker:/worker'],
    pid: 'host',
    timeout: 90,
  },
])
t.strictSame([ubuntu.mistakes, ubuntu.warnings], [[], []], 'a file without CONTENTS, of which a fork makes a network')

const rocket = steps('anywhere-bottlerocket')
t.strictSame(
  rocket.actions.map(({ builtin, env }) => [builtin, (env as Record<string, string>).DEST_DISK ?? '']),
  [
    ['write-image', '/dev/sda'],
    ['write-file', '/dev/sda12'],
    ['write-file', '/dev/sda12'],
    ['write-file', '/dev/sda12'],
    ['reboot', ''],
  ],
)
t.match(rocket.actions[1], { env: { BOOTCONFIG_CONTENTS: 'kernel {\n    console = "ttyS0,115200n8", "tty0"\n}\n' } })
t.match(rocket.actions[3], { env: { HEGEL_URLS: 'http://10.0.0.5:50061,http://10.0.0.6:50061' } })
t.strictSame([rocket.mistakes, rocket.warnings], [[], []])

const embedded = steps('embedded-images')
t.strictSame(
  embedded.actions.map(({ builtin }) => builtin),
  ['write-image', 'write-file', 'chroot'],
)
t.match(embedded.actions[1], { env: { CONTENTS: 'two\nlines\n' } })
t.strictSame([embedded.mistakes, embedded.warnings], [[], []])

const archive = steps('root-by-archive')
t.strictSame(
  archive.actions.map(({ builtin, command = [] }) => [builtin, command]),
  [
    ['partition-disk', ['partition']],
    ['partition-disk', ['format']],
    ['unpack-archive', []],
    ['chroot', []],
    ['kexec', []],
  ],
)
t.strictSame(archive.mistakes, [
  '19 tasks[0].actions[2]: archive2disk needs one of TARFILE_CHECKSUM, INSECURE_NO_TARFILE_CHECKSUM_VERIFICATION',
])
t.strictSame(archive.warnings, [
  '9 tasks[0].environment.MIRROR_HOST: MIRROR_HOST changes nothing here: the layout is the profile’s, no metadata service is asked',
])

const sda = { ...machine, Hardware: { ...machine.Hardware, Disks: ['/dev/sda'] } }
const hosted = steps('hosted-control-plane', sda)
t.strictSame(
  hosted.actions.map(({ builtin, env }) => {
    const { DEST_DISK, BLOCK_DEVICE } = env as Record<string, string>
    return [builtin, DEST_DISK ?? BLOCK_DEVICE ?? '']
  }),
  [
    ['write-image', '/dev/sda'],
    ['chroot', '/dev/sda3'],
    ['write-file', '/dev/sda3'],
    ['poweroff', ''],
  ],
)
t.strictSame([hosted.mistakes, hosted.warnings], [[], []])
t.strictSame(steps('hosted-control-plane').mistakes, [
  '20 tasks[0].actions[1].environment.BLOCK_DEVICE: BLOCK_DEVICE: /dev/nvme0n13 is no partition of /dev/nvme0n1, which is /dev/nvme0n1p3',
])

for (const [disk, third] of [
  ['/dev/mmcblk0', '/dev/mmcblk0p3'],
  ['/dev/loop0', '/dev/loop0p3'],
  ['/dev/disk/by-id/ata-DISK', '/dev/disk/by-id/ata-DISK-part3'],
] as const) {
  const { actions, mistakes } = steps('hosted-control-plane', { ...machine, Hardware: { Disks: [disk] } })
  t.match(actions[2], { env: { DEST_DISK: third } })
  t.strictSame(mistakes, [
    `20 tasks[0].actions[1].environment.BLOCK_DEVICE: BLOCK_DEVICE: ${disk}3 is no partition of ${disk}, which is ${third}`,
  ])
}

const flatcar = steps('flatcar')
t.strictSame(flatcar.actions.slice(1), [
  {
    builtin: 'write-file',
    name: 'oem',
    env: {
      ...file,
      FS_TYPE: 'btrfs',
      DEST_DISK: '/dev/nvme0n1p6',
      DEST_PATH: '/config.ign',
      MODE: '0600',
      DIRMODE: '0755',
      CONTENTS: '{"ignition":{"version":"3.4.0"}}',
    },
    timeout: 90,
  },
  {
    builtin: 'reboot',
    name: 'restart',
    command: ['reboot'],
    env: { IMAGE: 'alpine', WAIT_SECONDS: '45' },
    pid: 'host',
    timeout: 90,
  },
])

const ignition = steps('ignition-service')
t.match(ignition.actions[1], { env: { DEST_DISK: '/dev/mmcblk0p6', CONTENTS: '{"ignition": {"version": "3.4.0"}}' } })
t.strictSame([ignition.mistakes, ignition.warnings], [[], []])

const seeded = steps('seed-by-offset')
t.match(seeded.actions[0], { env: { SEED_OFFSET: '2148532224', DEST_DISK: '/dev/disk/by-id/nvme-eui.0025385b' } })
t.strictSame(seeded.warnings, ['5 tasks[0].actions[0].environment.SEED_OFFSET: image2disk has no variable SEED_OFFSET'])

t.strictSame(steps('cidata').actions[1], {
  builtin: 'seed',
  name: 'cidata',
  env: {
    DEST_DISK: '/dev/nvme0n1',
    USER_DATA: '#cloud-config\nhostname: "a: b" # c\n',
    META_DATA: 'local-hostname: edge-1\n',
    VENDOR_DATA: '',
  },
  timeout: 120,
})

const kubelet = steps('machine-controller', sda)
t.match(kubelet.actions[1], {
  builtin: 'chroot',
  env: { BLOCK_DEVICE: '/dev/sda3', BOOTSTRAP: 'IyEvYmluL3NoCmV4aXQgMAo=' },
})
t.strictSame([kubelet.mistakes, kubelet.warnings], [[], []], 'a command may have variables of its own')

t.strictSame(lines(read('own-images').mistakes), [
  '11 tasks[0].actions[0].image: "disk-wipe" is none of the actions that eims does itself, and it runs no images',
  '14 tasks[0].actions[1].image: "disk-partition" is none of the actions that eims does itself, and it runs no images',
  '18 tasks[0].actions[2].image: "install-root-fs" is none of the actions that eims does itself, and it runs no images',
  '21 tasks[0].actions[3].image: "Reboot" is no reference of an image',
])
t.strictSame(read('own-images').steps, [])
t.match(
  read('own-images').mistakes[0]?.remedy,
  /^Take one of archive2disk, cexec, cidataio, .*waitdaemon, writefile\.$/,
)

t.strictSame(lines(read('tabs-and-doubles').mistakes), [
  '16 tasks[0].actions: actions stands there twice, first in line 9',
  '22 : The line is indented with a tab',
])
