import { dirname, join } from 'node:path'
import { run } from '../../command.ts'
import { hostProxies, hostSources } from '../../debian-sources.ts'

const RELEASE = 'bookworm'

const PACKAGES = [
  // a kernel for virtual machines: few drivers, and nothing to leave out
  'linux-image-cloud-amd64',
  'initramfs-tools',
  'busybox',
  'zstd',
  'cryptsetup-bin',
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
  'procps',
  // the second is only asked for by the customize hook of the mutable image
  'grub-efi-amd64-bin',
  'grub-pc-bin',
]

const LEFT_OUT = ['doc', 'man', 'info', 'locale', 'i18n/locales'].map((name) => `/usr/share/${name}/*`)

/**
 * Makes the root directory tree of the immutable operating system at `tree` (must not exist), from the host's mirror.
 * Its /boot/esp is what goes onto the EFI system partition, all but the boot menu.
 */
export async function buildImmutableTree(tree: string, log: (line: string) => void): Promise<void> {
  const initramfs = join(import.meta.dirname, 'initramfs')
  const args = [
    '--mode=root',
    '--variant=minbase',
    `--include=${PACKAGES.join(',')}`,
    ...(await hostProxies()).map((line) => `--aptopt=${line}`),
    ...LEFT_OUT.map((path) => `--dpkgopt=path-exclude=${path}`),
    // before the kernel's package makes the initrd
    `--essential-hook=mkdir -p "$1/etc/initramfs-tools" && cp -r ${initramfs}/. "$1/etc/initramfs-tools/"`,
    `--customize-hook=${join(import.meta.dirname, 'customize.sh')}`,
    '--format=directory',
    RELEASE,
    tree,
    ...(await hostSources(RELEASE)).map((source) => `deb ${source}`),
  ]
  const onStderr = (text: string) => {
    for (const line of text.split('\n')) if (/^[IWE]: /.test(line)) log(line)
  }
  await run('mmdebstrap', args, { cwd: dirname(tree), timeoutMs: 15 * 60_000, onStderr })
}
