import t from 'tap'
import { dataOf, planOf, sample } from '../src/index.ts'
import { plansOf } from './plans.ts'

// Each template of test/templates/ becomes the plan that it means, or is refused where it stands: a line an action.

const plans: Record<string, string[]> = {
  'anywhere-bottlerocket': [
    'mistake 20 spec.template.tasks[0].actions[1].environment.BOOTCONFIG_CONTENTS: BOOTCONFIG_CONTENTS lets a fork of writefile make the file, and eims writes what it is given',
    'mistake 58 spec.template.tasks[0].actions[3].environment.HEGEL_URLS: HEGEL_URLS lets a fork of writefile make the file, and eims writes what it is given',
  ],
  'anywhere-ubuntu': [
    'mistake 26 spec.template.tasks[0].actions[1].environment.STATIC_NETPLAN: STATIC_NETPLAN lets a fork of writefile make the file, and eims writes what it is given',
  ],
  cidata: [
    'inventory inventory: ',
    'choose-disk choose-disk: ',
    'write-image image: ',
    'seed cidata: userData=#cloud-config⏎hostname: "a: b" # c⏎ metaData=local-hostname: sample⏎',
    'reboot reboot: ',
    'wants step-3 disk https://factory.example/nocloud-amd64.raw.xz -',
    'disk -, report seed: the workflow sets cloud-init up, and nothing keeps it from our seed',
    'warning 14 tasks[0].actions[1]: The workflow says nothing of how the machine ends: it ends as its profile says',
  ],
  'cluster-node': [
    'inventory inventory: ',
    'choose-disk choose-disk: ',
    'write-image image: ',
    'write-file datasource: partition=1 fsType=ext4 path=/etc/cloud/cloud.cfg.d/20_tinkerbell.cfg contents=datasource:⏎  Ec2:⏎    metadata_urls: [" uid=0 gid=0 mode=0600 dirMode=0700',
    'write-file ds-identify: partition=1 fsType=ext4 path=/etc/cloud/ds-identify.cfg contents=datasource: Ec2⏎ uid=0 gid=0 mode=0600 dirMode=0700',
    'kexec boot: partition=1 fsType=ext4 kernel=null initrd=null commandLine=null',
    'wants step-3 oci ghcr.io/example/node-images/jammy:v1.31.4.gz -',
    'disk -, report none: /etc/cloud/ds-identify.cfg lets cloud-init read no seed on the disk',
  ],
  'edge-microvisor': [
    'inventory inventory: ',
    'choose-disk choose-disk: ',
    'check-secure-boot secure-boot: expected=any',
    'erase-disk erase: method=auto',
    'write-image stream: ',
    'seed seed: growRoot=false',
    'write-file cloud-init: partition=null fsType=ext4 path=/etc/cloud/cloud.cfg.d/99_infra.cfg contents=#cloud-config⏎hostname: edge-1⏎ uid=0 gid=0 mode=0755 dirMode=0755',
    'boot-order boot-order: ',
    'reboot reboot: how=reboot',
    'wants step-5 disk https://images.example/edge.raw.gz abab',
    'disk -, report seed: the workflow sets cloud-init up, and nothing keeps it from our seed',
    'warning 62 tasks[0].actions[4].image: dm-verity stays as the image has it: nothing is changed on the disk for it',
  ],
  'edge-ubuntu': [
    'inventory inventory: ',
    'choose-disk choose-disk: ',
    'write-image stream: ',
    'write-file apt-proxy: partition=null fsType=ext4 path=/etc/apt/apt.conf contents=Acquire::http::Proxy "";⏎ uid=0 gid=0 mode=0644 dirMode=0755',
    'write-file unit: partition=null fsType=ext4 path=/etc/systemd/system/agents.service contents=[Unit]⏎Description=Agents⏎⏎[Service]⏎Exe uid=0 gid=0 mode=0644 dirMode=0755',
    'chroot enable: partition=null fsType=ext4 command= systemctl enable agents.service && sed  interpreter=/bin/sh -c resolvConf=false devices=[]',
    'reboot reboot: how=reboot',
    'wants step-3 disk https://images.example/edge.raw.gz abab',
    'disk -, report none: nothing in the workflow says that the image has cloud-init',
    'warning 64 tasks[0].actions[4].image: SKIP_KERNEL_UPGRADE is true: there is nothing to do',
  ],
  'embedded-images': [
    'inventory inventory: ',
    'choose-disk choose-disk: ',
    'write-image image: ',
    'write-file motd: partition=2 fsType=ext4 path=/etc/motd contents=two⏎lines⏎ uid=0 gid=0 mode=0644 dirMode=0755',
    'chroot packages: partition=2 fsType=ext4 command=apt-get -y install tcpdump interpreter=/bin/sh -c resolvConf=false devices=[]',
    'reboot reboot: ',
    'wants step-3 disk http://10.0.0.5/ubuntu.gz -',
    'disk -, report none: nothing in the workflow says that the image has cloud-init',
    'warning 32 spec.template.tasks[0].actions[2]: The workflow says nothing of how the machine ends: it ends as its profile says',
  ],
  flatcar: [
    'inventory inventory: ',
    'choose-disk choose-disk: ',
    'write-image image: ',
    'write-file oem: partition=6 fsType=btrfs path=/config.ign contents={"ignition":{"version":"3.4.0"}} uid=0 gid=0 mode=0600 dirMode=0755',
    'reboot restart: how=reboot',
    'wants step-3 disk https://stable.release.example/flatcar_production_image.bin.gz -',
    'disk -, report none: nothing in the workflow says that the image has cloud-init',
  ],
  'hosted-control-plane': [
    'inventory inventory: ',
    'choose-disk choose-disk: ',
    'write-image image: ',
    'chroot grow: partition=3 fsType=ext4 command=sync && growpart /dev/chosen 3 interpreter=/bin/sh -c resolvConf=false devices=[]',
    'write-file hosts: partition=3 fsType=ext4 path=/etc/hosts contents=127.0.0.1 localhost uid=0 gid=0 mode=0644 dirMode=0755',
    'reboot off: how=poweroff',
    'wants step-3 oci ghcr.io/example/capi/ubuntu-24.04:v1.31.gz -',
    'disk -, report none: the machine is switched off before its OS has run',
  ],
  'ignition-service': [
    'inventory inventory: ',
    'choose-disk choose-disk: ',
    'write-image image: ',
    'write-file ignition: partition=6 fsType=ext4 path=/config.ign contents={"ignition": {"version": "3.4.0"}} uid=0 gid=0 mode=0644 dirMode=0755',
    'reboot restart: how=reboot',
    'wants step-3 disk https://images.example/os.img.gz -',
    'disk /dev/mmcblk0, report none: nothing in the workflow says that the image has cloud-init',
  ],
  'machine-controller': [
    'inventory inventory: ',
    'choose-disk choose-disk: ',
    'write-image image: ',
    'chroot bootstrap: partition=3 fsType=ext4 command=echo $BOOTSTRAP | base64 -d > /opt/boots interpreter=/bin/sh -c resolvConf=false devices=[] BOOTSTRAP',
    'reboot restart: how=reboot',
    'wants step-3 disk https://images.example/os.img.gz -',
    'disk -, report none: nothing in the workflow says that the image has cloud-init',
  ],
  'machine-template': [
    'inventory inventory: ',
    'choose-disk choose-disk: ',
    'write-image image: ',
    'write-file hostname: partition=3 fsType=ext4 path=/etc/hostname contents=sample uid=0 gid=0 mode=0644 dirMode=0755',
    'reboot restart: how=reboot',
    'wants step-3 oci registry.local:5000/jammy:v1.30.gz -',
    'disk -, report none: nothing in the workflow says that the image has cloud-init',
    'warning 45 kind: A Cluster is not read',
  ],
  'one-template-two-endings': [
    'mistake 22 tasks[0].actions[0].environment.IMG_URL: IMG_URL holds $ARCH, which a script beside the template fills in and nobody does here: write what it stands for',
  ],
  'own-images': [
    'mistake 11 tasks[0].actions[0].image: "disk-wipe" is none of the actions that eims does itself, and it runs no images',
    'mistake 14 tasks[0].actions[1].image: "disk-partition" is none of the actions that eims does itself, and it runs no images',
    'mistake 18 tasks[0].actions[2].image: "install-root-fs" is none of the actions that eims does itself, and it runs no images',
    'mistake 21 tasks[0].actions[3].image: "Reboot" is no reference of an image',
  ],
  'root-by-archive': [
    'mistake 19 tasks[0].actions[2]: archive2disk needs one of TARFILE_CHECKSUM, INSECURE_NO_TARFILE_CHECKSUM_VERIFICATION',
    'warning 9 tasks[0].environment.MIRROR_HOST: MIRROR_HOST changes nothing here: the layout is the profile’s, no metadata service is asked',
  ],
  'seed-by-offset': [
    'inventory inventory: ',
    'choose-disk choose-disk: ',
    'write-image image: ',
    'reboot reboot: ',
    'wants step-3 disk https://images.example/incus.img.gz -',
    'disk /dev/disk/by-id/nvme-eui.0025385b, report none: nothing in the workflow says that the image has cloud-init',
    'warning 5 tasks[0].actions[0].environment.SEED_OFFSET: image2disk has no variable SEED_OFFSET',
    'warning 5 tasks[0].actions[0]: The workflow says nothing of how the machine ends: it ends as its profile says',
  ],
  'tabs-and-doubles': [
    'mistake 16 tasks[0].actions: actions stands there twice, first in line 9',
    'mistake 22 : The line is indented with a tab',
  ],
  'tasks-and-workflow': [
    'mistake 25 spec.actions[2]: Without CHROOT the command would run in the container of cexec, and no container is run',
    'mistake 28 spec.actions[2].command: cexec does not run "/bin/sh -c exit 0": no image is run, and it takes no command',
    'warning 22 spec.actions[1].if: "maybe" is neither true nor false, so the action does not run',
    'warning 65 spec.tasks[0].hardware.bootOptions: Booting is the server’s: a machine with a run boots from the network, and from its disk after it',
    'warning 19 spec.actions[0].env.LEVEL: image2disk has no variable LEVEL',
  ],
}

for (const [name, lines] of Object.entries(plans)) t.strictSame(plansOf(name), lines, name)

const template = (actions: string, more = '') =>
  `name: a\n${more}tasks:\n- name: t\n  worker: w\n  actions:\n${actions}`
const image = (disk = '{{ index .Hardware.Disks 0 }}') =>
  `  - name: image\n    image: image2disk\n    environment: { IMG_URL: "https://x.example/a.raw", DEST_DISK: "${disk}" }\n`
const reboot = '  - name: end\n    image: reboot\n'
const said = (text: string, data = dataOf(sample).data) => {
  const { plans, mistakes, warnings } = planOf(text, data)
  return {
    plan: plans[0],
    mistakes: mistakes.map((each) => each.sentence),
    warnings: warnings.map((each) => each.sentence),
  }
}

await t.test('only one disk is touched, and it goes through choose-disk', async (t) => {
  const cexec = (device: string) =>
    `  - name: run\n    image: cexec\n    environment: { BLOCK_DEVICE: "${device}", FS_TYPE: ext4, CHROOT: y, CMD_LINE: "true" }\n`
  const mixed = said(template(image('/dev/sda') + cexec('/dev/sdb1') + reboot))
  t.strictSame(mixed.mistakes, ['The workflow touches /dev/sdb besides /dev/sda, and a plan has one disk'])
  const named = said(template(image('/dev/nvme0n1') + cexec('/dev/nvme0n1p2') + reboot)).plan!
  t.equal(named.disk, '/dev/nvme0n1', 'it is what choose-disk looks for')
  t.match(named.actions.at(-2), { uses: { builtin: 'chroot' }, with: { partition: 2 } })
  for (const device of ['/dev/mapper/vg-root', '/dev/md0', '/dev/disk/by-label/root'])
    t.strictSame(said(template(image() + cexec(device) + reboot)).mistakes, [
      `${device} is neither a disk nor a partition by its name`,
    ])
  t.strictSame(said(template(image('/dev/sda1') + reboot)).mistakes, ['/dev/sda1 is a partition'])
  t.match(said(template(image('/dev/disk/by-id/wwn-0x5') + cexec('/dev/disk/by-id/wwn-0x5-part14') + reboot)).plan, {
    disk: '/dev/disk/by-id/wwn-0x5',
    actions: { 3: { with: { partition: 14 } } },
  })
})

await t.test('what ends the machine is the end, and there is one image', async (t) => {
  t.strictSame(said(template(reboot + image())).mistakes, ['image comes behind end, which ends the machine'])
  t.strictSame(said(template(image() + image().replace('name: image', 'name: other') + reboot)).mistakes, [
    'other is a second action that uses write-image, and a plan has one disk and one image',
  ])
  t.strictSame(said(template(reboot)).mistakes, ['Nothing in the workflow puts an OS on the disk'])
  const task = (extra: string) => `apiVersion: tinkerbell.org/v1alpha2
kind: Task
metadata: { name: a }
spec:
  actions:
  - { name: image, image: image2disk, env: { IMG_URL: "https://x.example/a" }${extra} }
  - { name: end, image: kexec, env: { FS_TYPE: ext4 }, background: true }
`
  t.strictSame(said(task('')).mistakes, [])
  t.strictSame(said(task(', background: true')).mistakes, [
    'image is in the background, and only what ends the machine can be: its success is reported first',
  ])
})

await t.test('what follows a failure knows what it follows, and stands before the end', async (t) => {
  const after = `    retries: 2\n    backoff: 5\n    on-failure:\n    - { name: off, image: poweroff }\n`
  const { plan } = said(template(image() + reboot + after))
  t.match(plan?.actions.slice(-2), [
    { name: 'off', uses: { builtin: 'reboot' }, with: { how: 'poweroff' }, after: { action: 'step-4', on: 'failure' } },
    { id: 'step-4', name: 'end', retries: 2, backoff: 5 },
  ])
  t.equal(plan?.actions.at(-1)?.within, undefined, 'it says no time')
  const timed = said(template(`${image()}    timeout: 600\n    retries: 2\n`)).plan?.actions.find(
    ({ name }) => name === 'image',
  )
  t.match(timed, { timeout: 600, within: 600, retries: 2 }, 'of all its attempts together')
  const once = said(template(`${image()}    timeout: 600\n`)).plan?.actions.find(({ name }) => name === 'image')
  t.equal(once?.within, undefined)
})

await t.test('a person’s word on the report goes before ours, and what hinders it is told', async (t) => {
  t.match(plansOf('cluster-node', 'seed').join('\n'), /seed seed: growRoot=false(?:.|\n)*report seed: a person said so/)
  t.match(
    plansOf('cluster-node', 'seed').at(-1),
    'The OS may never report that it runs: /etc/cloud/ds-identify.cfg lets cloud-init read no seed on the disk',
  )
  t.notMatch(plansOf('edge-microvisor', 'none').join('\n'), /^seed /m)
})

await t.test('the seed stands behind the image, before anything grows over the room that it needs', async (t) => {
  const { plan } = said(
    template(
      `${image()}  - name: cloud\n    image: writefile\n    environment: { FS_TYPE: ext4, DEST_PATH: /etc/cloud/cloud.cfg.d/1.cfg, UID: 0, GID: 0, MODE: 0600, DIRMODE: 0700, CONTENTS: "{}" }\n${reboot}`,
    ),
  )
  t.strictSame(
    plan?.actions.map(({ uses }) => uses.builtin),
    ['inventory', 'choose-disk', 'write-image', 'seed', 'write-file', 'reboot'],
  )
  t.match(plan?.sources, { 'step-4.path': { line: 11 }, 'step-4': { line: 9 } })
})

await t.test('every name is there once, though tasks may share them', async (t) => {
  const { plan } = said(`name: a
tasks:
- { name: one, worker: w, actions: [{ name: x, image: image2disk, environment: { IMG_URL: "http://x.example/a" } }] }
- { name: two, worker: w, actions: [{ name: x, image: efibootset }, { name: choose-disk, image: reboot }] }
`)
  t.strictSame(
    plan?.actions.map(({ name }) => name),
    ['inventory', 'choose-disk', 'x', 'two: x', 'two: choose-disk'],
  )
})

await t.test('data: what is not known yet is a stand-in, and said to be one', async (t) => {
  const { data, standIns } = dataOf({
    ...sample,
    node: { ...sample.node!, ip: null, bootMac: null, macs: ['02:00:00:00:00:09'] },
  })
  t.match(data, { device_1: '02:00:00:00:00:09', Hardware: { Disks: ['/dev/chosen'] }, node: { ip: '192.0.2.10' } })
  t.strictSame(
    standIns.map(({ path }) => path),
    ['.Hardware.Disks', '.node.ip'],
  )
  t.strictSame(
    dataOf({ ...sample, node: null, image: null }).standIns.map(({ path }) => path),
    ['.Hardware.Disks', '.node', '.image.url'],
  )
  const arm = dataOf({ ...sample, node: { ...sample.node!, architecture: 'arm64' } }).data
  t.match(arm, {
    hardware: { spec: { interfaces: [{ dhcp: { arch: 'aarch64' } }] } },
    Hardware: { Interfaces: [{ DHCP: { Arch: 'aarch64' } }] },
  })
  const applied = dataOf({
    ...sample,
    params: { device_1: 'mine' },
    hardware: { userData: 'x', disks: [{ device: '/dev/sdz' }], metadata: { instance: { id: 'i' } } },
  }).data
  t.match(applied, {
    device_1: 'mine',
    Hardware: { UserData: 'x' },
    hardware: { spec: { disks: [{ device: '/dev/chosen' }], metadata: { instance: { id: 'i' } } } },
  })
})
