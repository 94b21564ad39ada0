import { type Architecture, type BootDecision, type Firmware, say } from '@eims/contracts'
import { plainText, reportFailure, script } from './script-text.ts'

export interface DecisionScriptInput {
  /** null when the machine did not say; then as for UEFI, whose way on works on a BIOS too */
  firmware: Firmware | null
  /** /boot.ipxe, to ask again */
  bootUrl: string
  /** /boot/failed; its query may begin already */
  failedUrl: string
  kernelUrl: string
  initrdUrl: string
  /** the site's parameters for this boot, a cpio archive */
  siteCpioUrl: string
  /** Debian's shim, for an iPXE that is signed with iPXE's key and so trusts no kernel of Debian's; null: nobody has such */
  shimUrl?: string | null
}

/** The screen, and the serial port that such machines have: a PC's 16550, or Arm's PL011. */
const CONSOLES: Readonly<Record<Architecture, string>> = {
  x86_64: 'console=tty0 console=ttyS0,115200',
  arm64: 'console=tty0 console=ttyAMA0,115200',
}
const KERNEL_ARGS = 'quiet loglevel=4 panic=30'

/**
 * The Micro-OS's command line, but for where a loader leaves its initrds.
 * @param further of the profile, as the loader's language wants them
 */
export const kernelArguments = (architecture: Architecture | null, further: string): string =>
  `${CONSOLES[architecture ?? 'x86_64']} ${KERNEL_ARGS} ${further}`.trim()

/** The script that carries a decision out: one whole text, which a machine runs without asking anything else. */
export function decisionScript(decision: BootDecision, input: DecisionScriptInput): string {
  const why = `echo eims: ${plainText(say(decision.reason))}`
  switch (decision.kind) {
    case 'provision':
      return microOs(why, decision.architecture, decision.kernelArgs, input)
    case 'local-disk':
      return script(why, ...localDisk(input.firmware))
    case 'refused':
      return script(why, 'sleep 10 ||', 'exit 1')
    case 'wait':
      return decision.where === 'micro-os'
        ? microOs(why, decision.architecture, '', input)
        : script(why, ...askAgain(input, decision.retrySeconds))
  }
}

/**
 * EDK2 takes exit status 0 for success and stops in its boot menu; with 1 it goes on to its next boot option.
 * A BIOS is not relied upon to have one: its first disk is booted from here.
 * A stick that the machine booted from is its disk 0x80, and says so by setting first-disk (`eims boot-media usb`).
 */
function localDisk(firmware: Firmware | null): string[] {
  const bios = ['isset ${first-disk} || set first-disk 0x80', 'sanboot --no-describe --drive ${first-disk} ||']
  return [...(firmware === 'bios' ? bios : []), 'exit 1']
}

/** Kernel, initrd and the site's parameters, each tried five times, then booted. */
function microOs(
  why: string,
  architecture: Architecture | null,
  kernelArgs: string,
  input: DecisionScriptInput,
): string {
  // An EFI kernel takes its initrds from iPXE's file system, by the names on its command line.
  const args = `initrd=micro-os initrd=site ${kernelArguments(architecture, plainText(kernelArgs))}`
  return script(
    why,
    ...download('kernel', `kernel --name vmlinuz ${input.kernelUrl} ${args}`, input.failedUrl),
    ...download('initrd', `initrd --name micro-os ${input.initrdUrl}`, input.failedUrl),
    ...download('site', `initrd --name site ${input.siteCpioUrl}`, input.failedUrl),
    // An iPXE without Secure Boot, or without the command, goes on without it (https://ipxe.org/cmd/shim).
    ...(input.shimUrl ? [`shim ${input.shimUrl} ||`] : []),
    'boot ||',
    'set error ${errno:hexraw}',
    ...reportFailure(input.failedUrl, 'boot'),
    ':again',
    ...askAgain(input, 10),
  )
}

function download(stage: 'kernel' | 'initrd' | 'site', command: string, failedUrl: string): string[] {
  return [
    'set try:int32 0',
    `:${stage}`,
    `${command} && goto ${stage}-done ||`,
    'set error ${errno:hexraw}',
    ...reportFailure(failedUrl, stage),
    'inc try',
    'iseq ${try} 5 && goto again ||',
    'sleep 3 ||',
    `goto ${stage}`,
    `:${stage}-done`,
  ]
}

/**
 * Asks for a new decision, for as long as the server answers at all: what is wrong there can be put right, whereas
 * the next boot device of a blank machine is a firmware menu.
 */
function askAgain({ bootUrl }: DecisionScriptInput, seconds: number): string[] {
  return [
    'imgfree ||',
    'set try:int32 0',
    ':ask-again',
    `sleep ${seconds} ||`,
    `chain --replace --autofree ${bootUrl} ||`,
    'inc try',
    'iseq ${try} 30 || goto ask-again',
    'exit 1',
  ]
}
