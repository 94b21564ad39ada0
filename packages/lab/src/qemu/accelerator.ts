import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { boardOf } from './board.ts'

/** `kvm`: the host's processor; `tcg`: software. */
export type Accelerator = 'kvm' | 'tcg'

/** The firmware is at its console after about a second of KVM; nested, after some. */
const TIMEOUT_MS = 6_000

/**
 * KVM where a machine really runs in it, else software. That /dev/kvm is there says little: in some virtual machines of
 * others it can be opened, and what starts in it dies at its first odd instruction. So the machines' own firmware is
 * started without disk and network, and must come as far as its console.
 */
export async function chooseAccelerator(
  given: { device?: string; program?: string; timeoutMs?: number } = {},
): Promise<Accelerator> {
  const { program, machine, cpu, code, vars } = boardOf({})
  const { device = '/dev/kvm', timeoutMs = TIMEOUT_MS } = given
  if (!existsSync(device)) return 'tcg'
  const flash = `if=pflash,format=raw,readonly=on,file=${code}`
  const variables = `if=pflash,format=raw,snapshot=on,file=${vars}`
  const args = '-nodefaults -no-user-config -accel kvm -m 256 -display none -serial stdio'.split(' ')
  args.push('-machine', machine, '-cpu', cpu, '-drive', flash, '-drive', variables)
  const child = spawn(given.program ?? program, args)
  try {
    return await new Promise<Accelerator>((resolve) => {
      const timer = setTimeout(() => resolve('tcg'), timeoutMs)
      const judged = (accelerator: Accelerator) => {
        clearTimeout(timer)
        resolve(accelerator)
      }
      child.on('error', () => judged('tcg'))
      child.on('exit', () => judged('tcg'))
      // It clears the screen by an escape sequence.
      child.stdout.on('data', (bytes: Buffer) => bytes.includes(0x1b) && judged('kvm'))
      let said = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-4000)
        // QEMU stops such a machine and goes on itself.
        if (/KVM internal error|kvm run failed/i.test(said)) judged('tcg')
      })
    })
  } finally {
    child.kill('SIGKILL')
  }
}
