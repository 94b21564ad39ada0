import { type Place, placesIn } from '@eims/contracts'
import { isScalar, parseDocument } from 'yaml'

// doubled keys are told when the document is read
const PLAIN = { schema: 'failsafe', logLevel: 'silent', uniqueKeys: false } as const

/** From a place in a text to that place in the file. */
export type Outward = (place: Place) => Place

/** One document of a file, not rendered. */
export interface Part {
  text: string
  outward: Outward
  /** where in the file it says its kind */
  kindAt: Place
  /** '' when it says none, as a template alone does */
  kind: string
  apiVersion: string
}

/**
 * The documents of a file, in which a value may be a template that is no YAML yet. When none says what kind it is, the
 * file is one template, whose documents only its rendering makes.
 */
export function partsOf(file: string): Part[] {
  const parts: Part[] = []
  let lines: string[] = []
  let from = 0
  const end = (next: number) => {
    parts.push(partOf(lines.join('\n'), from))
    from = next
    lines = []
  }
  for (const [index, line] of file.split('\n').entries()) {
    const isMarker = /^---(?=\s|$)/.test(line)
    if (isMarker) end(index)
    // spaces in the marker's place: what stands behind it keeps its column
    lines.push(isMarker ? `   ${line.slice(3)}` : line)
  }
  end(0)
  return parts.some(({ kind }) => kind !== '') ? parts : [{ ...parts[0]!, text: file }]
}

const FIELD = (name: string) => new RegExp(`^["']?${name}["']?[ \\t]*:[ \\t]*["']?([\\w./-]+)`, 'm')
const [KIND, API_VERSION] = [FIELD('kind'), FIELD('apiVersion')]

function partOf(text: string, linesBefore: number): Part {
  const outward: Outward = ({ line, column }) => ({ line: linesBefore + line, column })
  const at = { outward, kindAt: outward(placesIn(text)(Math.max(0, text.search(KIND)))) }
  // JSON, as kubectl prints it
  if (/^\s*\{(?!\{)/.test(text)) {
    const document = parseDocument(text, PLAIN)
    const field = (name: string) => {
      const node = document.get?.(name, true)
      return isScalar(node) ? String(node.value) : ''
    }
    return { text, ...at, kind: field('kind'), apiVersion: field('apiVersion') }
  }
  return { text, ...at, kind: KIND.exec(text)?.[1] ?? '', apiVersion: API_VERSION.exec(text)?.[1] ?? '' }
}

/** The name of a document that may not be YAML yet: `metadata.name`, as it is usually written. */
export function nameOf({ text }: Part): string {
  const lines = text.split('\n')
  const from = lines.findIndex((line) => line.startsWith('metadata:'))
  for (const line of from < 0 ? [] : lines.slice(from + 1)) {
    if (/^[^\s#]/.test(line)) break
    const [, name] = /^name:[ \t]*["']?([^\s"'#]+)/.exec(line.trimStart()) ?? []
    if (name) return name
  }
  return ''
}

/** A document as its own template sees it: as data, before it is rendered; null, when it is no YAML then. */
export function itself({ text }: Part): unknown {
  const document = parseDocument(text, PLAIN)
  if (document.errors.length > 0) return null
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch {
    // an alias that names nothing, or one of many: what is wrong is told when the document is read
    return null
  }
}
