import { readFileSync, statSync } from 'node:fs'
import { nearest, ProfileInput, PublicProfile } from '@eims/contracts'
import { readConfig, writeConfig } from '@eims/edge-config'
import { LineCounter, parseDocument } from 'yaml'
import { crypt, noteLines } from '../edge-config/file.ts'
import { Refusal } from '../refusal.ts'
import { isFile, nameOfFile } from './file-or-name.ts'

/** A profile as a medium has it, with what stands beside it. */
export interface ProfileFile {
  /** without its config-file */
  profile: ProfileInput
  /** as it was written: a name, or a file */
  image: string
  /** its own config-file; null: none */
  config: string | null
  /** what a person is to know */
  notes: string[]
}

/** A profile with sixteen long texts is below that. */
const MOST_BYTES = 4 * 1024 * 1024

/** What a server adds to a profile that it shows. */
const ADDED = Object.keys(PublicProfile.shape).filter((key) => !(key in ProfileInput.shape))

/** PURE: a profile as a reply shows it, as a medium has it: what a server adds is left out, and so is its config-file. */
export function inputOf(profile: object): ProfileInput {
  const known = Object.keys(ProfileInput.shape).filter((key) => key !== 'config')
  return ProfileInput.parse(Object.fromEntries(Object.entries(profile).filter(([key]) => known.includes(key))))
}

/**
 * Reads a profile as `profiles show --json` prints it, or somebody wrote it in the same words: YAML or JSON. Its image may be a file.
 * @throws Refusal with every mistake, its line and column
 */
export function readProfileFile(path: string): ProfileFile {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isFile()) throw new Refusal(`there is no file ${path}; a profile of a server has a name without a slash`)
  if (found.size > MOST_BYTES) throw new Refusal(`${path} is larger than any profile`)
  const lines = new LineCounter()
  const document = parseDocument(readFileSync(path, 'utf8'), { lineCounter: lines })
  const at = (offset: number | undefined) => {
    const { line, col } = lines.linePos(offset ?? 0)
    return `${path}:${line}:${col}`
  }
  const refuse = (mistakes: string[]): never => {
    throw new Refusal(`${path} is no profile:`, 1, mistakes)
  }
  if (document.errors.length > 0)
    refuse(document.errors.map(({ pos, message }) => `${at(pos[0])}: ${message.split('\n')[0]}`))
  const given: unknown = document.toJS({ maxAliasCount: 100 })
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return refuse([`${at(0)}: it has no fields`])
  const fields = Object.fromEntries(Object.entries(given).filter(([key]) => !ADDED.includes(key)))
  const image = fields.image
  const isImageFile = typeof image === 'string' && isFile(image)
  const read = ProfileInput.safeParse({ ...fields, ...(isImageFile ? { image: nameOfFile(image) } : {}) })
  if (!read.success)
    return refuse(
      read.error.issues.map((issue) => {
        const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
        const keys = [...issue.path, ...(unknown === undefined ? [] : [unknown])]
        const node = document.getIn(keys, true) as { range?: number[] } | undefined
        const meant = unknown === undefined ? null : nearest(unknown, Object.keys(ProfileInput.shape))
        return `${at(node?.range?.[0])}: ${keys.join('.')}: ${issue.message}${meant ? `; did you mean ${meant}?` : ''}`
      }),
    )
  const { config: text, ...profile } = read.data
  return { profile, image: image as string, config: text ? configOf(path, text) : null, notes: [] }
}

/** A config-file within a profile, as it is kept. Nobody here has a server's secrets, and the machine will have none either. */
function configOf(path: string, text: string): string {
  const { config, mistakes } = readConfig(text, { crypt, now: Date.now(), of: 'many', resolve: () => null })
  if (!config)
    throw new Refusal(`the config-file in ${path} has mistakes:`, 1, noteLines('config', 'mistake', mistakes))
  return writeConfig(config)
}
