import t from 'tap'
import { type ActionName, actionNames, actionOf } from '../src/index.ts'

// An action is known by the last part of its image's name, wherever it is kept.

const known: Record<ActionName, string[]> = {
  image2disk: [
    'image2disk',
    'image2disk:v1.0.0',
    'quay.io/tinkerbell-actions/image2disk:v1.0.0',
    'quay.io/tinkerbell/actions/image2disk:b33d0943a6a6ba5a4bd1b1b2bb6eafbc3a7b3f4c',
    'public.ecr.aws/eks-anywhere/tinkerbell/hub/image2disk:6c0f0d437bde2c836d90b000312c8b25fa1b65e1-eks-a-42',
    'public.ecr.aws/eks-anywhere/image2disk:latest',
    '127.0.0.1/embedded/image2disk',
    'localhost/image2disk',
    'registry:5000/image2disk',
    '10.0.0.1:5000/a/b/image2disk:latest',
    `registry.example:443/image2disk@sha256:${'ab'.repeat(32)}`,
    `registry.example/image2disk:v1@sha256:${'ab'.repeat(32)}`,
  ],
  oci2disk: ['ghcr.io/tinkerbell/actions/oci2disk'],
  qemuimg2disk: ['quay.io/tinkerbell/actions/qemuimg2disk:latest'],
  qemu_nbd_image2disk: ['registry.example/edge-orch/infra/tinker-actions/qemu_nbd_image2disk:1.20.1'],
  archive2disk: ['quay.io/tinkerbell-actions/archive2disk:v1.0.0'],
  rootio: ['quay.io/tinkerbell-actions/rootio:v1.0.0'],
  writefile: ['quay.io/tinkerbell/actions/writefile:latest'],
  cexec: ['quay.io/tinkerbell/actions/cexec'],
  kexec: ['quay.io/tinkerbell/actions/kexec:latest'],
  grub2disk: ['grub2disk'],
  syslinux: ['quay.io/tinkerbell-actions/syslinux:v1.0.0'],
  slurp: ['quay.io/tinkerbell-actions/slurp:v1.0.0'],
  waitdaemon: ['ghcr.io/jacobweinstock/waitdaemon:0.2.1'],
  reboot: ['public.ecr.aws/example/tinkerbell/hub/reboot-action:latest', 'quay.io/tinkerbell-actions/reboot:v1.0.0'],
  poweroff: ['quay.io/tinkerbell/actions/poweroff'],
  cidataio: ['ghcr.io/example/cidataio:v0.3.1'],
  'secure-boot-status-flag-read': ['r.example/edge/secure-boot-status-flag-read:1', 'r.example/edge/securebootflag'],
  erase_non_removable_disks: ['r.example/edge/erase_non_removable_disks:1', 'r.example/erase-non-removable-disks'],
  efibootset: ['r.example/edge/efibootset:1'],
  fde_dmv: ['r.example/edge/fde_dmv:1', 'r.example/edge/fde-dmv:1'],
  kernelupgrd: ['r.example/edge/kernelupgrd:1'],
  emt_partition: ['r.example/edge/emt_partition:1'],
}
for (const [action, images] of Object.entries(known))
  for (const image of images) t.equal(actionOf(image), action, image)
t.strictSame([...actionNames], Object.keys(known).sort())

for (const image of [
  '',
  ':',
  '/',
  'alpine',
  'image2disk2',
  'image2disk/',
  '/image2disk',
  'image2disk:',
  'image2disk/v1',
  'Image2disk',
  'quay.io/Tinkerbell/image2disk',
  'image2disk:v1:v2',
  'image2disk@sha256:12',
  'image2disk@latest',
  'image 2disk',
  'http://quay.io/image2disk',
  'registry:port/image2disk',
  'toString',
  `${'a/'.repeat(400)}image2disk`,
])
  t.equal(actionOf(image), null, image)
