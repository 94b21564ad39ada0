import { readFileSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
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
import { readable, writeAll } from './installer.ts'

/** Of a list; ten thousand units have less. */
const MOST_LIST = 4 * 1024 * 1024

/**
 * What is to stand in a medium's reserved area.
 * @param files the config-file for all, and the list; either may be left out
 * @param profiles of the medium
 * @returns it, and warnings as lines
 * @throws Refusal with every mistake, its file, line and column
 */
export function customizationOf(
  files: { config?: string | undefined; list?: string | undefined },
  profiles: readonly string[],
): { customization: Customization; warnings: string[] } {
  const warnings: string[] = []
  const read = (path: string, of: 'node' | 'many'): string => {
    // nobody here has a server's secrets, and the machine will have none either
    const { config, mistakes, warnings: said } = readFileConfig(path, { of, resolve: () => null })
    warnings.push(...noteLines(path, 'warning', said))
    if (!config) throw new Refusal(`${path} has mistakes:`, 1, noteLines(path, 'mistake', mistakes))
    return writeConfig(config)
  }
  const config = files.config === undefined ? null : read(files.config, 'many')
  if (files.list === undefined) return { customization: { ...PRISTINE, config }, warnings }
  const { list } = files
  const { units, faults } = readUnits(listText(list), profiles)
  if (faults.length > 0)
    throw new Refusal(
      `${list} has mistakes:`,
      1,
      faults.map(({ line, column, message }) => `${list}:${line}: ${column} ${message}`),
    )
  if (units.length === 0) throw new Refusal(`${list} names no unit`)
  const configs: Customization['configs'] = {}
  for (const unit of units)
    if (unit.config !== null) configs[unit.config] ??= read(join(dirname(list), unit.config), 'node')
  return { customization: { ...PRISTINE, config, configs, units }, warnings }
}

function listText(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isFile()) throw new Refusal(`there is no file ${path}`)
  if (found.size > MOST_LIST) throw new Refusal(`${path} is larger than any list of units`)
  return readFileSync(path, 'utf8')
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

/**
 * Opens a medium in a file or on a stick, and does something with it.
 * @param write whether it is written to
 * @throws Refusal for what is none, or is damaged where it is opened
 */
export async function withMedium<T>(
  path: string,
  write: boolean,
  use: (
    medium: Medium,
    source: Readable,
    put: (offset: number, bytes: Buffer) => Promise<void>,
    size: number,
  ) => Promise<T>,
): Promise<T> {
  const file = await open(path, write ? 'r+' : 'r').catch((error: Error) => {
    throw new Refusal(`${path} cannot be opened: ${error.message}`)
  })
  try {
    const source = readable(file)
    const medium = await openMedium(source).catch((error: Error) => {
      if (error instanceof Unreadable) throw new Refusal(`${path} is damaged: ${error.message}`)
      return null
    })
    if (!medium)
      throw new Refusal(`${path} is no medium that installs without a server (./eims boot-media installer makes one)`)
    const put = async (offset: number, bytes: Buffer) => {
      await writeAll(file, bytes, medium.base + offset)
      await file.datasync()
    }
    return await use(medium, source, put, (await file.stat()).size)
  } catch (error) {
    throw error instanceof Unreadable ? new Refusal(`${path}: ${error.message}`) : error
  } finally {
    await file.close()
  }
}

/** A pristine reserved area. */
export const NOTHING = Buffer.alloc(RESERVED.length)
