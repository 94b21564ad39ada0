import { readFileSync, writeFileSync } from 'node:fs'
import type { Machine } from '../../src/machine.ts'

/** What a program says and ends with; what it does to the disk it does itself. */
export type Said = { code?: number; text?: string } | undefined

/**
 * The machine with a disk that is told things by programs: `answer` gets the words of each call, without the disk's node.
 * A test names the ones that it knows; any other one ends it.
 */
export function withPrograms(machine: Machine, node: string, answer: (words: string) => Said) {
  const asked: string[] = []
  const run: Machine['run'] = async (program, args, options = {}) => {
    options.signal?.throwIfAborted()
    const words = [program, ...args].filter((word) => word !== node).join(' ')
    asked.push(words)
    const said = answer(words)
    if (!said) throw new Error(`nobody answers ${words}`)
    for (const line of (said.text ?? '').split('\n').filter(Boolean)) options.line?.(line, 'stdout')
    return { code: said.code ?? 0 }
  }
  return { machine: { ...machine, run }, asked }
}

/** All of a disk becomes these bytes, its mark too. */
export const becomes = (node: string, byte: number): void =>
  writeFileSync(node, Buffer.alloc(readFileSync(node).length, byte))

/** A program that did it says nothing. */
export function erased(node: string): Said {
  becomes(node, 0)
  return {}
}

/** `nvme id-ctrl -o json`, as far as it matters here and beyond. */
export const idCtrl = (more: Record<string, number> = {}): string =>
  JSON.stringify(
    {
      vid: 5197,
      ssvid: 5197,
      sn: 'S4EWNX0R123456      ',
      mn: 'Samsung SSD 970 EVO Plus 1TB            ',
      fr: '2B2QEXM7',
      cntlid: 4,
      ver: 66304,
      oacs: 23,
      fna: 5,
      nn: 1,
      sanicap: 0,
      ...more,
    },
    null,
    2,
  )

export const listNs = (...numbers: number[]): string =>
  JSON.stringify({ nsid_list: numbers.map((nsid) => ({ nsid })) }, null, 2)

/** `nvme sanitize-log -o json`. */
export const sanitizeLog = (sprog: number, status: string): string =>
  JSON.stringify(
    {
      nvme0n1: {
        sprog,
        sstat: { media_verification_canceled: 0, global_erased: 0, no_cmplted_passes: 0, status },
        cdw10_info: 2,
        time_over_write: 4294967295,
        time_block_erase: 4294967295,
        time_crypto_erase: 4294967295,
      },
    },
    null,
    2,
  )

/** `hdparm -I`, the end of it: what it can, and its security. */
export const hdparmI = ({ features = [] as string[], security = ['not enabled', 'not locked', 'not frozen'] } = {}) =>
  `/dev/sda:

ATA device, with non-removable media
 Model Number:       Samsung SSD 860 EVO 500GB
 Serial Number:      S3Z2NB0K123456A
Commands/features:
 Enabled Supported:
    * SMART feature set
      Security Mode feature set
    * Gen3 signaling speed (6.0Gb/s)
${features.map((feature) => `    * ${feature}\n`).join('')}    * Data Set Management TRIM supported (limit 8 blocks)
    * Deterministic read ZEROs after TRIM
Security:
 Master password revision code = 65534
  supported
${security.map((line) => ` ${line}\n`).join('')} not expired: security count
  supported: enhanced erase
 2min for SECURITY ERASE UNIT. 2min for ENHANCED SECURITY ERASE UNIT.
Logical Unit WWN Device Identifier: 5002538e40a1b2c3
Checksum: correct
`
