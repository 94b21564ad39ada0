import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SlotsOf } from '@eims/contracts'
import { Failure } from '../failure.ts'

const GLOBAL = '8be4df61-93ca-11d2-aa0d-00e098032b8c'
/** non-volatile, boot service and runtime access */
const ATTRIBUTES = 7

/**
 * The firmware's global variables, by name. Values are without the four attribute bytes that efivarfs puts in front.
 * What the firmware does not do is a Failure firmware-variable, and firmware-full where it has no room for it.
 */
export interface EfiVariables {
  /** names of all Boot#### entries, by number */
  bootEntries(): number[]
  read(name: string): Buffer | null
  /** writes and reads back */
  write(name: string, value: Buffer): void
}

/** The variable's name of boot entry `number`: `Boot000A`. */
export const bootName = (number: number): string => `Boot${number.toString(16).toUpperCase().padStart(4, '0')}`

/**
 * Variables in an efivarfs directory. Boot#### and BootOrder are on the kernel's list of removable variables
 * (fs/efivarfs/vars.c), so they have no immutable flag to clear. One write(2) sets one variable.
 */
export function openEfiVariables(dir: string): EfiVariables {
  const path = (name: string) => join(dir, `${name}-${GLOBAL}`)
  const read = (name: string) => {
    try {
      return readFileSync(path(name)).subarray(4)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw refused(name, 'read', error as Error)
    }
  }
  return {
    read,
    bootEntries() {
      const pattern = new RegExp(`^Boot([0-9A-F]{4})-${GLOBAL}$`, 'i')
      try {
        return readdirSync(dir)
          .flatMap((name) => (pattern.exec(name)?.[1] ? [Number.parseInt(pattern.exec(name)![1]!, 16)] : []))
          .sort((a, b) => a - b)
      } catch (error) {
        throw refused('Boot####', 'list', error as Error)
      }
    },
    write(name, value) {
      const attributes = Buffer.alloc(4)
      attributes.writeUInt32LE(ATTRIBUTES)
      try {
        writeFileSync(path(name), Buffer.concat([attributes, value]), { mode: 0o644 })
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
          throw new Failure({ code: 'firmware-full', slots: { variable: name } }, error)
        throw refused(name, 'write', error as Error)
      }
      if (!read(name)?.equals(value)) throw refused(name, 'keep')
    },
  }
}

function refused(variable: string, doing: SlotsOf<'firmware-variable'>['doing'], error?: Error): Failure {
  return new Failure({ code: 'firmware-variable', slots: { variable, doing, text: error?.message ?? null } }, error)
}
