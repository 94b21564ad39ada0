export type MachineArchitecture = 'x86_64' | 'arm64'

/** What differs between the machines that QEMU emulates, by processor. */
export interface Board {
  /** QEMU's program */
  readonly program: string
  readonly machine: string
  readonly cpu: string
  /** QEMU's option for the screen; none where firmware and kernel do without */
  readonly screen: readonly string[]
  /** UEFI firmware: its code, and a fresh machine's variables */
  readonly code: string
  readonly vars: string
  /** the same with Microsoft's keys, which enforces them */
  readonly secure: { readonly code: string; readonly vars: string }
  /** whether only the firmware itself can write its variables, by system management mode, which is the PC's */
  readonly guarded: boolean
}

const BOARDS: Readonly<Record<MachineArchitecture, Board>> = {
  x86_64: {
    program: 'qemu-system-x86_64',
    machine: 'q35',
    // "max" took a fifth more of the host's time for a boot; newer OVMF does no PXE without a source of randomness
    cpu: 'qemu64,+rdrand',
    screen: ['-vga', 'std'],
    code: '/usr/share/OVMF/OVMF_CODE_4M.fd',
    vars: '/usr/share/OVMF/OVMF_VARS_4M.fd',
    secure: { code: '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd', vars: '/usr/share/OVMF/OVMF_VARS_4M.ms.fd' },
    guarded: true,
  },
  arm64: {
    program: 'qemu-system-aarch64',
    machine: 'virt',
    // "max" signs pointers, which costs much when every instruction is emulated
    cpu: 'cortex-a57',
    screen: [],
    code: '/usr/share/AAVMF/AAVMF_CODE.fd',
    vars: '/usr/share/AAVMF/AAVMF_VARS.fd',
    secure: { code: '/usr/share/AAVMF/AAVMF_CODE.ms.fd', vars: '/usr/share/AAVMF/AAVMF_VARS.ms.fd' },
    guarded: false,
  },
}

/** The board of a machine; x86_64 when its spec does not say. */
export function boardOf({ architecture = 'x86_64' }: { architecture?: MachineArchitecture }): Board {
  return BOARDS[architecture]
}

/** The firmware's code and fresh variables: with Secure Boot enforced where the machine has that. */
export function firmwareOf(
  board: Board,
  { secureBoot = false }: { secureBoot?: boolean },
): { code: string; vars: string } {
  return secureBoot ? board.secure : board
}
