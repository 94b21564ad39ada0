import { placesIn } from '@eims/contracts'
import { type Field, type Notes, parseYaml } from '@eims/placed-yaml'
import { LIMITS } from '../limits.ts'
import { plain } from '../plain.ts'
import type { Origins } from './head.ts'

const SECTIONS = { services: 'services', write_files: 'files', runcmd: 'commands' } as const
const FILE_FIELDS = ['path', 'content', 'owner', 'permissions', 'append', 'encoding']
const PLAIN_ENCODINGS = ['', 'text/plain']

/**
 * The part of a raw config-file that is YAML (`services`, `write_files`, `runcmd`, as cloud-init has them) as a part of
 * `operatingSystem`. Null when it is no YAML, and told.
 */
export function tailSystem(text: string, from: number, notes: Notes, origins: Origins): Record<string, unknown> | null {
  const placeIn = placesIn(text)
  const tail = text.slice(from)
  if (tail.trim() === '') return {}
  const [document] = parseYaml({ text: tail, placeOf: (offset) => placeIn(offset + from) }, notes, LIMITS)
  const sections = document?.fields()
  if (!sections) return notes.mistakes.length > 0 ? null : {}
  const system: Record<string, unknown> = {}
  for (const [name, field] of sections) {
    const key = Object.hasOwn(SECTIONS, name) ? SECTIONS[name as keyof typeof SECTIONS] : null
    if (!key) {
      field.warning(`${name} is not known, and left out`, 'Say it in YAML, if it is needed.')
      continue
    }
    origins.at.set(`operatingSystem.${key}`, field.spot)
    const read = field.isEmpty ? undefined : key === 'files' ? filesOf(field, origins) : sectionOf(field, key, origins)
    if (read !== undefined) system[key] = read
  }
  return system
}

function sectionOf(field: Field, key: 'services' | 'commands', origins: Origins): unknown {
  const value = plain(field)
  if (Array.isArray(value)) {
    for (const [index, item] of (field.items(value.length) ?? []).entries())
      origins.at.set(`operatingSystem.${key}[${index}]`, item.spot)
    return value.length > 0 ? value : undefined
  }
  const some = Object.entries(value ?? {}).filter(([, list]) => !Array.isArray(list) || list.length > 0)
  return key === 'commands' ? value : some.length > 0 ? Object.fromEntries(some) : undefined
}

function filesOf(field: Field, origins: Origins): unknown {
  const items = field.items(Number.MAX_SAFE_INTEGER) ?? []
  const files = items.map((item, index) => {
    origins.at.set(`operatingSystem.files[${index}]`, item.spot)
    const file: Record<string, unknown> = {}
    for (const [name, value] of item.fields() ?? []) {
      if (!FILE_FIELDS.includes(name)) {
        value.warning(`${name} of a file is left out`, name === 'defer' ? DEFERRED : 'Look what it was for.')
        continue
      }
      origins.at.set(`operatingSystem.files[${index}].${name}`, value.spot)
      const read = plain(value)
      if (name !== 'encoding') file[name] = read
      else if (typeof read !== 'string' || !PLAIN_ENCODINGS.includes(read))
        file[name] = read === 'b64' ? 'base64' : read
    }
    return file
  })
  return files.length > 0 ? files : undefined
}

const DEFERRED = 'Nothing need be done: files whose owner is not root are written when the users are there.'
