import { readFileSync, statSync } from 'node:fs'
import { chmod, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { bytes, counted } from '@eims/contracts'
import { writeConfig } from '@eims/edge-config'
import {
  type Customization,
  encodeCustomization,
  type Medium,
  openMedium,
  PRISTINE,
  RESERVED,
  type Readable,
  readUnits,
  Unreadable,
} from '@eims/medium'
import { noteLines, readFileConfig } from '../edge-config/file.ts'
import { Refusal } from '../refusal.ts'
import { readable, writeAll } from './readable.ts'

/** Of a list; ten thousand units have less. */
const MOST_LIST = 4 * 1024 * 1024

/**
 * What is to stand in a medium's reserved area.
 * @param files the config-file for all, and the list; either may be left out
 * @param profiles of the medium
 * @returns it, and warnings as lines
 * @throws Refusal with every mistake of all these files, each with its file, line and column
 */
export function customizationOf(
  files: { config?: string | undefined; list?: string | undefined },
  profiles: readonly string[],
): { customization: Customization; warnings: string[] } {
  const warnings: string[] = []
  const mistakes: string[] = []
  const wrong = new Set<string>()
  const fault = (file: string, lines: readonly string[]) => {
    if (lines.length > 0) wrong.add(file)
    mistakes.push(...lines)
  }
  /** @param from where it is named, in front of what is said of a file that is not there */
  const read = (path: string, of: 'node' | 'many', from: string): string | null => {
    try {
      // nobody here has a server's secrets, and the machine will have none either
      const found = readFileConfig(path, { of, resolve: () => null })
      fault(path, noteLines(path, 'mistake', found.mistakes))
      warnings.push(...noteLines(path, 'warning', found.warnings))
      return found.config ? writeConfig(found.config) : null
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      fault(from === '' ? path : files.list!, [`${from}${error.message}`])
      return null
    }
  }
  const config = files.config === undefined ? null : read(files.config, 'many', '')
  const configs: Customization['configs'] = {}
  const { list } = files
  const { units, lines, faults } =
    list === undefined ? { units: [], lines: [], faults: [] } : readUnits(listText(list), profiles)
  if (list !== undefined) {
    fault(
      list,
      faults.map(({ line, column, message }) => `${list}:${line}: ${column} ${message}`),
    )
    for (const [nth, { config }] of units.entries()) {
      if (config === null || Object.hasOwn(configs, config)) continue
      configs[config] = read(join(dirname(list), config), 'node', `${list}:${lines[nth]}: config `) ?? ''
    }
    if (units.length === 0 && faults.length === 0) fault(list, [`${list}: it names no machine below its first line`])
  }
  if (mistakes.length > 0)
    throw new Refusal(`${[...wrong].join(', ')} ${wrong.size === 1 ? 'has' : 'have'} mistakes:`, 1, [
      ...mistakes,
      ...warnings,
    ])
  return { customization: { ...PRISTINE, config, configs, units }, warnings }
}

/** The text of a list: UTF-8, or UTF-16 as spreadsheets save "Unicode text". */
function listText(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isFile()) throw new Refusal(`there is no file ${path}`)
  if (found.size > MOST_LIST) throw new Refusal(`${path} is larger than any list of units`)
  const raw = readFileSync(path)
  if (raw.toString('latin1', 0, 2) === 'PK')
    throw new Refusal(`${path} is a spreadsheet, or another packed file: save it as CSV`)
  const [first, second] = raw
  const coding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
  const text = new TextDecoder(coding).decode(raw)
  if (text.includes('\0')) throw new Refusal(`${path} is no text: save the list as CSV`)
  return text
}

/** Bytes of the reserved area. @throws Refusal when it does not fit */
export function areaOf(customization: Customization): Buffer {
  try {
    return encodeCustomization(customization)
  } catch (error) {
    if (error instanceof RangeError) throw new Refusal(error.message)
    throw error
  }
}

/** For whom a medium is, and with what: `for 2 machines, 1 with its own config-file, the others with the common one`. */
export function forWhom({ units, config }: Pick<Customization, 'units' | 'config'>): string {
  const common = config === null ? 'without a config-file' : 'with one config-file'
  if (units.length === 0) return `for every machine, ${common}`
  const own = units.filter((unit) => unit.config !== null).length
  const who = `for ${counted(units.length, 'machine')}`
  if (own === 0) return `${who}, ${common}`
  if (own === units.length) return `${who}, each with its own config-file`
  return `${who}, ${own} with ${own === 1 ? 'its' : 'their'} own config-file, the others ${config === null ? 'without one' : 'with the common one'}`
}

/**
 * Opens a medium in a file or on a stick, and does something with it.
 * @param write whether it is written to
 * @throws Refusal for what is none, or is damaged where it is opened
 */
export async function withMedium<T>(
  path: string,
  write: boolean,
  use: (medium: Medium, source: Readable, put: (offset: number, bytes: Buffer) => Promise<void>) => Promise<T>,
): Promise<T> {
  const file = await open(path, write ? 'r+' : 'r').catch((error: NodeJS.ErrnoException) => {
    throw new Refusal(whyNotOpened(path, error))
  })
  try {
    const source = readable(file)
    const medium = await openMedium(source).catch((error: Error) => {
      if (error instanceof Unreadable) throw new Refusal(`${path} is damaged: ${error.message}`)
      return null
    })
    if (!medium)
      throw new Refusal(`${path} is no medium that installs without a server (./eims boot-media installer makes one)`)
    const { size, isFile } = await file.stat().then((found) => ({ size: found.size, isFile: found.isFile() }))
    if (isFile && size < medium.size)
      throw new Refusal(`${path} is cut off: ${bytes(size)} of ${bytes(medium.size)} are there; copy it again`)
    const put = async (offset: number, what: Buffer) => {
      await writeAll(file, what, medium.base + offset)
      await file.datasync()
    }
    return await use(medium, source, put)
  } catch (error) {
    throw error instanceof Unreadable ? new Refusal(`${path}: ${error.message}`) : error
  } finally {
    await file.close()
  }
}

/** What a config-file holds is not for everybody: of a medium in a file only its owner reads it from now on. */
export async function keepToOwner(path: string): Promise<void> {
  if (statSync(path).isFile()) await chmod(path, 0o600)
}

/** Why a file or stick cannot be opened, as a person says it. */
export function whyNotOpened(path: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return `there is no file ${path}`
  if (code === 'EISDIR') return `${path} is a folder`
  if (code === 'EACCES' || code === 'EPERM') return `${path} may not be opened by this account`
  if (code === 'EROFS') return `${path} cannot be written: it is write-protected`
  return `${path} cannot be opened: ${message}`
}

/** A pristine reserved area. */
export const NOTHING = Buffer.alloc(RESERVED.length)
