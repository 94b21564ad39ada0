import { imageName } from '../image-name.ts'
import type { Builtin, Told } from './contract.ts'

const BEFORE = /^(?:sync|sleep \d+|echo 1 > \/proc\/sys\/kernel\/sysrq)$/
const ENDINGS: readonly [RegExp, Builtin][] = [
  [/^(?:\/\S*\/)?reboot(?: -f)?$|^echo b > \/proc\/sysrq-trigger$/, 'reboot'],
  [/^(?:\/\S*\/)?(?:poweroff|halt -p)(?: -f)?$|^echo o > \/proc\/sysrq-trigger$/, 'poweroff'],
]

/**
 * How a command ends the machine: one of the ways in which published templates write it, with nothing else beside it.
 * @returns null when it does something else
 */
export function endingOf(command: readonly string[]): 'reboot' | 'poweroff' | null {
  const [shell = '', option, script = ''] = command
  const isScript = /^(?:\/\S*\/)?(?:ba)?sh$/.test(shell) && option === '-c' && command.length === 3
  const lines = (isScript ? script.split(/&&|;|\n/) : [command.join(' ')])
    .map((line) => line.trim().replace(/\s+/g, ' ').replace(/ ?> ?/, ' > '))
    .filter((line) => line !== '')
  const last = lines.pop() ?? ''
  const ending = ENDINGS.find(([pattern]) => pattern.test(last))?.[1]
  return ending && lines.every((line) => BEFORE.test(line)) ? (ending as 'reboot' | 'poweroff') : null
}

const IMAGES: ReadonlyMap<string, Builtin> = new Map([
  ['kexec', 'kexec'],
  ['reboot', 'reboot'],
  ['reboot-action', 'reboot'],
  ['poweroff', 'poweroff'],
])

/** Of waitdaemon: what it runs when its success was reported, `command` in the image IMAGE. */
export function waitedFor({ command, env }: Told): Builtin | null {
  return command.length > 0 ? endingOf(command) : (IMAGES.get(imageName(env.IMAGE ?? '') ?? '') ?? null)
}
