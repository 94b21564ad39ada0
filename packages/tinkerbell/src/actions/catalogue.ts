import type { Contract, Told, Variable, Verdict } from './contract.ts'
import { waitedFor } from './ending.ts'
import { kernelUpgrade, securityFeatures } from './intel.ts'

// What the actions of tinkerbell/actions, of EKS Anywhere's and Intel's forks and of third parties take, as their sources
// have it.

const text: Variable = { kind: 'text' }
const filesystem: Variable = { kind: 'filesystem', required: true }
/** Forks find the disk themselves, and so does eims: without it, it is the disk that was chosen. */
const disk: Variable = { kind: 'device' }
const no: Variable = { kind: 'boolean', default: 'false' }
const unused = (kind: Variable['kind'], why: string): Variable => ({ kind, unused: why })
const always = (sentence: string, remedy: string) => (): Verdict => ({ is: 'refused', sentence, remedy })

const PROGRESS = 'progress is always reported'
const RETRIES = 'a download that breaks off is taken up again until the time of the action is up'
const image: Record<string, Variable> = {
  IMG_URL: { kind: 'url', required: true },
  DEST_DISK: disk,
  COMPRESSED: no,
  SHA256: { kind: 'sha256' },
  TLS_CA_CERT: { kind: 'base64' },
  RETRY_ENABLED: unused('boolean', RETRIES),
  RETRY_DURATION_MINUTES: unused('number', RETRIES),
  PROGRESS_INTERVAL_SECONDS: unused('number', PROGRESS),
  TEXT_LOGGING: unused('boolean', PROGRESS),
  WRITE_CHANGED_BLOCKS_ONLY: unused('boolean', 'what stands on the disk already is never written again'),
}

const METADATA = 'the layout is the profile’s, no metadata service is asked'

const actions = {
  image2disk: { builtin: 'write-image', images: ['stream'], env: image },
  oci2disk: {
    builtin: 'write-image',
    env: {
      ...image,
      IMG_URL: { kind: 'reference', required: true },
      REGISTRY_USERNAME: text,
      REGISTRY_PASSWORD: text,
      SKIP_VERIFY: no,
    },
  },
  qemuimg2disk: {
    builtin: 'write-image',
    env: {
      ...image,
      FORMAT: { kind: 'text', among: ['host_device', 'raw'], default: 'host_device' },
      EXTRA_ARGS: unused('text', 'no qemu-img is run'),
    },
  },
  qemu_nbd_image2disk: { builtin: 'write-image', env: image },
  archive2disk: {
    builtin: 'unpack-archive',
    env: {
      ARCHIVE_URL: { kind: 'url', required: true },
      ARCHIVE_TYPE: { kind: 'text', among: ['tar', 'targz'], required: true },
      TARFILE_CHECKSUM: { kind: 'digest' },
      INSECURE_NO_TARFILE_CHECKSUM_VERIFICATION: { kind: 'boolean' },
      DEST_DISK: { kind: 'device', required: true },
      FS_TYPE: filesystem,
      DEST_PATH: { kind: 'text', required: true },
      HTTP_CLIENT_TIMEOUT_MINUTES: unused('number', 'the time of the action is the limit'),
    },
    oneOf: ['TARFILE_CHECKSUM', 'INSECURE_NO_TARFILE_CHECKSUM_VERIFICATION'],
  },
  rootio: {
    builtin: 'partition-disk',
    commands: ['partition', 'format', 'mount', 'wipe'],
    env: {
      MIRROR_HOST: unused('text', METADATA),
      METADATA_SERVICE_PORT: unused('number', METADATA),
      MBR: { kind: 'flag' },
      JSON_FILE: unused('text', METADATA),
      TEST: unused('text', METADATA),
    },
  },
  writefile: {
    builtin: 'write-file',
    env: {
      DEST_DISK: disk,
      FS_TYPE: filesystem,
      DEST_PATH: { kind: 'path', required: true },
      UID: { kind: 'id', required: true },
      GID: { kind: 'id', required: true },
      MODE: { kind: 'octal', required: true },
      DIRMODE: { kind: 'octal', required: true },
      CONTENTS: { kind: 'text', mayBeEmpty: true },
      // EKS Anywhere's
      BOOTCONFIG_CONTENTS: { kind: 'text', as: 'CONTENTS', mayBeEmpty: true },
      STATIC_NETPLAN: { kind: 'boolean', as: 'CONTENTS' },
      HEGEL_URL: { kind: 'url', as: 'CONTENTS' },
      HEGEL_URLS: { kind: 'urls', as: 'CONTENTS' },
    },
    oneOf: ['CONTENTS', 'BOOTCONFIG_CONTENTS', 'STATIC_NETPLAN', 'HEGEL_URL', 'HEGEL_URLS'],
  },
  cexec: {
    builtin: 'chroot',
    isOpen: true,
    env: {
      BLOCK_DEVICE: disk,
      FS_TYPE: filesystem,
      CMD_LINE: { kind: 'text', required: true },
      CHROOT: { kind: 'flag' },
      DEFAULT_INTERPRETER: text,
      UPDATE_RESOLV_CONF: no,
      JSON_OUTPUT: unused('boolean', 'the output is kept as it is'),
    },
  },
  kexec: {
    builtin: 'kexec',
    env: {
      BLOCK_DEVICE: disk,
      FS_TYPE: filesystem,
      KERNEL_PATH: { kind: 'path' },
      INITRD_PATH: { kind: 'path' },
      CMD_LINE: text,
      GRUBCFG_PATH: { kind: 'path' },
    },
  },
  grub2disk: {
    builtin: 'install-grub',
    env: {
      GRUB_INSTALL_PATH: { kind: 'device', required: true },
      GRUB_DISK: { kind: 'device', required: true },
      FS_TYPE: filesystem,
    },
  },
  syslinux: {
    builtin: null,
    verdict: always('syslinux 3.86 is not installed by eims', 'Write an image that boots by itself.'),
    env: { DEST_DISK: disk, DEST_PARTITION: { kind: 'device' }, SYSLINUX_VERSION: text },
  },
  slurp: {
    builtin: null,
    verdict: always(
      'slurp sends a disk’s content away, and eims reads no disk that it is to write',
      'Take the image on a machine that is installed, and upload it with `eims images add`.',
    ),
    env: { SOURCE_DISK: disk, DEST_URL: { kind: 'url' }, IMG_NAME: text, COMPRESSED: no },
  },
  waitdaemon: {
    builtin: null,
    builtinFor: waitedFor,
    verdict: (told: Told): Verdict | null =>
      waitedFor(told)
        ? null
        : {
            is: 'refused',
            sentence: 'waitdaemon does something else than reboot, poweroff or kexec',
            remedy: 'Leave `command` to reboot or poweroff alone, or name the image of kexec in IMAGE.',
          },
    isOpen: true,
    env: {
      IMAGE: { kind: 'reference', required: true },
      WAIT_SECONDS: { kind: 'number', default: '10' },
      CONTAINER_RUNTIME: unused('text', 'no container is run'),
      BLOCK_DEVICE: disk,
      FS_TYPE: { kind: 'filesystem' },
      KERNEL_PATH: { kind: 'path' },
      INITRD_PATH: { kind: 'path' },
      CMD_LINE: text,
      GRUBCFG_PATH: { kind: 'path' },
    },
  },
  reboot: { builtin: 'reboot', images: ['reboot-action'], env: {} },
  poweroff: { builtin: 'poweroff', env: {} },
  cidataio: {
    builtin: 'seed',
    env: { DEST_DISK: disk, USER_DATA: text, META_DATA: text, VENDOR_DATA: text, NETWORK_CONFIG: text },
  },
  // Intel's, which find the disk themselves
  'secure-boot-status-flag-read': {
    builtin: 'check-secure-boot',
    images: ['securebootflag'],
    env: {
      SECURITY_FEATURE_FLAG: {
        kind: 'text',
        among: [
          'SECURITY_FEATURE_UNSPECIFIED',
          'SECURITY_FEATURE_NONE',
          'SECURITY_FEATURE_SECURE_BOOT_AND_FULL_DISK_ENCRYPTION',
        ],
        required: true,
      },
    },
  },
  erase_non_removable_disks: { builtin: 'erase-disk', images: ['erase-non-removable-disk'], env: {} },
  efibootset: { builtin: 'boot-order', env: {} },
  fde_dmv: {
    builtin: null,
    verdict: securityFeatures,
    env: { LVM_SIZE: { kind: 'number', default: '0' }, ENABLE_ONLY_DMVERITY: no },
  },
  kernelupgrd: {
    builtin: null,
    verdict: kernelUpgrade,
    env: { LVM_SIZE: { kind: 'number', default: '0' }, KERNEL_VERSION: text, SKIP_KERNEL_UPGRADE: no },
  },
  emt_partition: {
    builtin: null,
    verdict: always(
      'emt_partition cuts an image’s partitions anew, and eims leaves them as the image has them',
      'Take an image that has the partitions which are wanted, and leave the action out.',
    ),
    env: {},
  },
} as const satisfies Record<string, Contract>

export type ActionName = keyof typeof actions

/** Every action by its name. */
export const catalogue: Readonly<Record<ActionName, Contract>> = actions

/** What every action may be given: its downloads go by it. */
export const everywhere: Readonly<Record<string, Variable>> = Object.fromEntries(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'].map((name) => [name, text]),
)
