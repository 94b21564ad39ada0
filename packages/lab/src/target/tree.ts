import { dirname, join } from 'node:path'
import { run } from '../command.ts'
import { hostProxies, hostSources } from '../debian-sources.ts'

const RELEASE = 'bookworm'

const PACKAGES = [
  'linux-image-amd64',
  'initramfs-tools',
  'zstd',
  'systemd-sysv',
  'dbus',
  'udev',
  'cloud-init',
  'netplan.io',
  'openssh-server',
  'iproute2',
  'libnss-myhostname',
  'iputils-ping',
  'sudo',
  'curl',
  'ca-certificates',
  'less',
  'procps',
  'grub-pc-bin',
  'grub-efi-amd64-bin',
]

/** Left out of the packages as they are unpacked: what a bench machine in an emulator cannot use. */
const LEFT_OUT = [
  '/usr/share/doc/*',
  '/usr/share/man/*',
  '/usr/share/info/*',
  '/usr/share/locale/*',
  '/usr/share/i18n/locales/*',
  '/lib/modules/*/kernel/sound/*',
  ...['bluetooth', 'mac80211', 'wireless'].map((name) => `/lib/modules/*/kernel/net/${name}/*`),
  ...['btrfs', 'ceph', 'f2fs', 'gfs2', 'nfs', 'nfsd', 'ocfs2', 'smb', 'xfs'].map(
    (name) => `/lib/modules/*/kernel/fs/${name}/*`,
  ),
  ...['sctp', 'tipc', 'batman-adv', 'openvswitch', 'rds', 'sunrpc', 'dccp', 'can', 'nfc', 'ieee802154', 'atm'].map(
    (name) => `/lib/modules/*/kernel/net/${name}/*`,
  ),
  ...['comedi', 'gpu', 'iio', 'infiniband', 'md', 'media', 'mtd', 'net', 'scsi', 'staging', 'target', 'video'].map(
    (name) => `/lib/modules/*/kernel/drivers/${name}/*`,
  ),
]

/** Of those the drivers of the machines that packages/lab can make. */
const KEPT = [
  ...['virtio_net.ko', 'net_failover.ko', 'mii.ko', 'vmxnet3/*', 'ethernet/intel/e1000*', 'ethernet/realtek/8139*'].map(
    (name) => `/lib/modules/*/kernel/drivers/net/${name}`,
  ),
  ...['scsi_mod.ko', 'scsi_common.ko', 'sd_mod.ko', 'sr_mod.ko', 'virtio_scsi.ko'].map(
    (name) => `/lib/modules/*/kernel/drivers/scsi/${name}`,
  ),
]

/** Disks that the initrd can mount its root from. */
const INITRD_MODULES = ['ahci', 'sd_mod', 'nvme', 'virtio_pci', 'virtio_blk', 'virtio_scsi', 'ext4']

const initrdHook = [
  'mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d"',
  'printf "MODULES=list\\nCOMPRESS=zstd\\n" > "$1/etc/initramfs-tools/conf.d/eims"',
  `printf "%s\\n" ${INITRD_MODULES.join(' ')} > "$1/usr/share/initramfs-tools/modules.d/eims"`,
].join(' && ')

/**
 * The whole mmdebstrap command line that unpacks and configures the target system into `tree`. Pure.
 * @param sources `URI suite component`
 */
function mmdebstrapArguments(tree: string, sources: readonly string[], proxies: readonly string[]): string[] {
  return [
    '--mode=root',
    '--variant=minbase',
    `--include=${PACKAGES.join(',')}`,
    ...proxies.map((line) => `--aptopt=${line}`),
    ...LEFT_OUT.map((path) => `--dpkgopt=path-exclude=${path}`),
    ...KEPT.map((path) => `--dpkgopt=path-include=${path}`),
    `--essential-hook=${initrdHook}`,
    `--customize-hook=${join(import.meta.dirname, 'customize.sh')}`,
    '--format=directory',
    RELEASE,
    tree,
    ...sources.map((source) => `deb ${source}`),
  ]
}

/** Makes the target's root directory tree at `tree` (must not exist), from the host's mirror. About 40 s and 500 MB. */
export async function buildTree(tree: string, log: (line: string) => void): Promise<void> {
  const args = mmdebstrapArguments(tree, await hostSources(RELEASE), await hostProxies())
  const onStderr = (text: string) => {
    for (const line of text.split('\n')) if (/^[IEW]: /.test(line)) log(`mmdebstrap ${line}`)
  }
  await run('mmdebstrap', args, { cwd: dirname(tree), timeoutMs: 15 * 60_000, onStderr })
}
