import t from 'tap'
import { edge, stepsOf } from './machines.ts'

// The Edge Infrastructure Manager's own workflows come out as the steps that they mean; its forks find the disk themselves.

const steps = (name: string, data: Record<string, unknown>) => stepsOf(t, name, data)
const worker = '52:54:00:12:34:56'
const dev = '/dev:/dev'
const file = { FS_TYPE: 'ext4', UID: '0', GID: '0' }

const microvisor = steps('edge-microvisor', edge)
t.strictSame(microvisor.whole, { name: 'edge-microvisor', worker, timeout: 9800 })
t.strictSame(
  microvisor.actions.map(({ builtin, name, timeout }) => [builtin, name, timeout]),
  [
    ['check-secure-boot', 'secure-boot', 560],
    ['erase-disk', 'erase', 560],
    ['write-image', 'stream', 9800],
    ['write-file', 'cloud-init', 90],
    [null, 'security', 560],
    ['boot-order', 'boot-order', 560],
    ['reboot', 'reboot', 90],
  ],
  'no custom configs: no action for them',
)
t.strictSame(microvisor.actions[3]?.env, {
  ...file,
  DEST_PATH: '/etc/cloud/cloud.cfg.d/99_infra.cfg',
  MODE: '0755',
  DIRMODE: '0755',
  CONTENTS: '#cloud-config\nhostname: edge-1\n',
})
t.strictSame(microvisor.actions[4]?.env, { LVM_SIZE: '0', ENABLE_ONLY_DMVERITY: 'true' })
t.strictSame(microvisor.mistakes, [], 'a file needs no disk: it is the one that was chosen')
t.strictSame(microvisor.warnings, [
  '62 tasks[0].actions[4].image: dm-verity stays as the image has it: nothing is changed on the disk for it',
])

const standalone = steps('edge-microvisor', {
  ...edge,
  CustomConfigs: 'x',
  Standalone: 'true',
  Proxy: 'http://proxy:912',
})
t.strictSame(standalone.actions[4], {
  builtin: 'chroot',
  name: 'split',
  env: {
    FS_TYPE: 'ext4',
    CHROOT: 'y',
    UPDATE_RESOLV_CONF: 'true',
    HTTPS_PROXY: 'http://proxy:912',
    DEFAULT_INTERPRETER: '/bin/sh -c',
    CMD_LINE:
      "awk -v RS='\\x1F' '{ print > sprintf(\"/etc/cloud/%02d.cfg\", i++) }' /etc/cloud/custom.cfg\n# and away with it\nrm -f /etc/cloud/custom.cfg\n",
  },
  volumes: [dev, '/lib/firmware:/lib/firmware:ro'],
  timeout: 200,
})

const encrypted = { ...edge, SecurityFeature: 'SECURITY_FEATURE_SECURE_BOOT_AND_FULL_DISK_ENCRYPTION' }
t.strictSame(steps('edge-microvisor', encrypted).mistakes, [
  '62 tasks[0].actions[4].image: fde_dmv encrypts the disk with a key in the TPM, and eims does not encrypt disks',
])

const edgeUbuntu = steps('edge-ubuntu', edge)
t.strictSame(
  edgeUbuntu.actions.map(({ builtin, name }) => [builtin, name]),
  [
    ['write-image', 'stream'],
    ['write-file', 'apt-proxy'],
    ['write-file', 'unit'],
    ['chroot', 'enable'],
    [null, 'kernel'],
    ['reboot', 'reboot'],
  ],
)
t.match(
  edgeUbuntu.actions[2],
  { env: { CONTENTS: '[Unit]\nDescription=Agents\n\n[Service]\nExecStart=/opt/agents.sh\n' } },
  'a line of nothing but spaces is an empty one',
)
t.match(
  edgeUbuntu.actions[3],
  {
    env: {
      CMD_LINE:
        " systemctl enable agents.service && sed -i 's|wait-online|wait-online --timeout=5|' /usr/lib/systemd/system/wait.service && systemctl disable snapd.service",
    },
  },
  'folded, though its lines are indented as little as its key',
)
t.strictSame(edgeUbuntu.warnings, ['64 tasks[0].actions[4].image: SKIP_KERNEL_UPGRADE is true: there is nothing to do'])
t.strictSame(steps('edge-ubuntu', { ...edge, SkipKernel: 'false' }).mistakes, [
  '64 tasks[0].actions[4].image: kernelupgrd installs a kernel from the Internet and moves the partitions for it; eims does not',
])
