import type { Spot } from '@eims/placed-yaml'
import { isYes } from '../actions/contract.ts'
import type { Step } from '../steps.ts'
import { deviceOf } from './devices.ts'
import type { Layout } from './storage.ts'

/** What a step cannot be, told where it stands. */
export class Refused {
  readonly spot: Spot
  readonly sentence: string
  readonly remedy: string

  constructor(spot: Spot, sentence: string, remedy: string) {
    this.spot = spot
    this.sentence = sentence
    this.remedy = remedy
  }
}

/** The arguments of a builtin, and where each was said. */
export interface Words {
  with: Record<string, unknown>
  /** variable by argument */
  from: Record<string, string>
  env?: Record<string, string>
}

type Put = (step: Step, layout: () => Layout) => Words | Refused | null

/** The words of each of Tinkerbell's actions as arguments of the builtin that does it; null: there is nothing to do. */
export const words: Readonly<Record<string, Put>> = {
  'write-image': (step) => {
    const { DEST_DISK } = step.env
    const device = DEST_DISK ? deviceOf(DEST_DISK) : null
    if (device && device.partition !== 0)
      return new Refused(at(step, 'DEST_DISK'), `${DEST_DISK} is a partition`, 'Write an image to a whole disk.')
    return device || !DEST_DISK ? { with: {}, from: {} } : noDisk(step, 'DEST_DISK')
  },
  'write-file': (step) => {
    const { DEST_PATH, CONTENTS, UID, GID, MODE, DIRMODE } = step.env
    const made = ['BOOTCONFIG_CONTENTS', 'STATIC_NETPLAN', 'HEGEL_URL', 'HEGEL_URLS'].find((name) => step.env[name])
    if (made)
      return new Refused(
        at(step, made),
        `${made} lets a fork of writefile make the file, and eims writes what it is given`,
        'Write what the file is to hold into CONTENTS.',
      )
    const rest = {
      path: DEST_PATH,
      contents: CONTENTS ?? '',
      uid: Number(UID),
      gid: Number(GID),
      mode: MODE,
      dirMode: DIRMODE,
    }
    return placed(step, 'DEST_DISK', rest, {
      path: 'DEST_PATH',
      contents: 'CONTENTS',
      uid: 'UID',
      gid: 'GID',
      mode: 'MODE',
      dirMode: 'DIRMODE',
    })
  },
  chroot: (step) => {
    const {
      BLOCK_DEVICE: _,
      FS_TYPE: __,
      CMD_LINE,
      CHROOT,
      DEFAULT_INTERPRETER,
      UPDATE_RESOLV_CONF,
      ...rest
    } = step.env
    const { JSON_OUTPUT: ___, ...env } = rest
    if (!CHROOT)
      return new Refused(
        step.where.action!,
        'Without CHROOT the command would run in the container of cexec, and no container is run',
        'Set CHROOT: y to run it in the installed system.',
      )
    const said = {
      command: CMD_LINE,
      interpreter: DEFAULT_INTERPRETER ?? '',
      resolvConf: isYes(UPDATE_RESOLV_CONF),
      devices: [],
    }
    const from = { command: 'CMD_LINE', interpreter: 'DEFAULT_INTERPRETER', resolvConf: 'UPDATE_RESOLV_CONF' }
    const read = placed(step, 'BLOCK_DEVICE', said, from)
    return read instanceof Refused ? read : { ...read, env }
  },
  kexec: (step) => {
    const { KERNEL_PATH, INITRD_PATH, CMD_LINE } = step.env
    const said = { kernel: KERNEL_PATH || null, initrd: INITRD_PATH || null, commandLine: CMD_LINE || null }
    return placed(step, 'BLOCK_DEVICE', said, { kernel: 'KERNEL_PATH', initrd: 'INITRD_PATH', commandLine: 'CMD_LINE' })
  },
  'unpack-archive': (step) => placed(step, 'DEST_DISK', { folder: step.env.DEST_PATH }, { folder: 'DEST_PATH' }),
  'install-grub': (step) => placed(step, 'GRUB_INSTALL_PATH', {}, {}),
  'partition-disk': (step, layout) => (step.command[0] === 'partition' ? fromLayout(step, layout(), 'table') : null),
  'make-filesystems': (step, layout) => fromLayout(step, layout(), 'filesystems'),
  seed: ({ env }) => {
    const arguments_ = {
      USER_DATA: 'userData',
      META_DATA: 'metaData',
      VENDOR_DATA: 'vendorData',
      NETWORK_CONFIG: 'networkConfig',
    }
    const given = Object.entries(arguments_).filter(([variable]) => env[variable])
    return {
      with: Object.fromEntries(given.map(([variable, argument]) => [argument, env[variable]])),
      from: Object.fromEntries(given.map(([variable, argument]) => [argument, variable])),
    }
  },
  'boot-order': () => ({ with: {}, from: {} }),
  'erase-disk': () => ({ with: { method: 'auto' }, from: {} }),
  'check-secure-boot': ({ env: { SECURITY_FEATURE_FLAG = '' } }) => ({
    with: { expected: SECURITY_FEATURE_FLAG.includes('SECURE_BOOT') ? 'on' : 'any' },
    from: { expected: 'SECURITY_FEATURE_FLAG' },
  }),
  reboot: () => ({ with: { how: 'reboot' }, from: {} }),
  poweroff: () => ({ with: { how: 'poweroff' }, from: {} }),
}

const at = (step: Step, variable: string): Spot => step.where[`env.${variable}`] ?? step.where.action!

const noDisk = (step: Step, variable: string) =>
  new Refused(
    at(step, variable),
    `${step.env[variable]} is neither a disk nor a partition by its name`,
    'Write {{ index .Hardware.Disks 0 }}, or {{ formatPartition (index .Hardware.Disks 0) 1 }} for its first partition.',
  )

/** Arguments with the file system that they are for; without a device it is the one that holds an OS. */
function placed(step: Step, variable: string, said: Record<string, unknown>, from: Words['from']): Words | Refused {
  const text = step.env[variable]
  const device = text ? deviceOf(text) : null
  if (text && !device) return noDisk(step, variable)
  const place = { partition: device?.partition ?? null, fsType: step.env.FS_TYPE || null }
  return { with: { ...place, ...said }, from: { ...from, partition: variable, fsType: 'FS_TYPE' } }
}

function fromLayout(step: Step, layout: Layout, part: 'table' | 'filesystems'): Words | Refused {
  if (!('wrong' in layout)) return { with: layout[part], from: {} }
  return new Refused(
    step.where.action!,
    `rootio knows no layout: ${layout.wrong}`,
    'Apply a Tinkerbell Hardware with metadata.instance.storage for the machine: eims apply -f FILE.',
  )
}
