import { randomBytes } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { MOST_CONFIG_FILE, withRemedy } from '@eims/contracts'
import { type Note, type ReadConfig, type ReadContext, readConfig, saltOf, sha512Crypt } from '@eims/edge-config'
import { Refusal } from '../refusal.ts'

/** A UTF-8 character has at most so many bytes. */
const MOST_BYTES = 4 * MOST_CONFIG_FILE

export const crypt = (password: string): string => sha512Crypt(password, saltOf(randomBytes(16)))

/** A config-file's text. @throws Refusal for what is no file, or too large to be one */
export function configText(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isFile()) throw new Refusal(`there is no file ${path}`)
  if (found.size > MOST_BYTES) throw new Refusal(`${path} is larger than any config-file`)
  return readFileSync(path, 'utf8')
}

/** Reads a config-file. @param more whose it is, and what its secrets hold */
export const readFileConfig = (path: string, more: Partial<ReadContext> = {}): ReadConfig =>
  readConfig(configText(path), { crypt, now: Date.now(), ...more })

/** Notes as lines that editors and CI find their way by: `FILE:LINE:COLUMN: mistake: …`. */
export const noteLines = (path: string, kind: string, notes: readonly Note[]): string[] =>
  notes.map(
    (note) => `${path}:${note.line}:${note.column}: ${kind}: ${note.path ? `${note.path}: ` : ''}${withRemedy(note)}`,
  )

/** Writes a file that is not there yet, for its owner only: it may hold secrets. @throws Refusal when it is there */
export function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new Refusal(`${path} is there already; name another file, or remove it`)
    throw new Refusal(`${path} cannot be written: ${(error as Error).message}`)
  }
}
