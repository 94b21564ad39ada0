import { type Document, isMap, isScalar, parseDocument, stringify, YAMLMap, YAMLSeq } from 'yaml'

/** Keys and places in lists. */
export type Path = readonly (string | number)[]

/** As the server reads config-files, and writes them. */
const VERSION = { version: '1.1' } as const
const WHOLE = { lineWidth: 0, nullStr: '' } as const

/**
 * PURE: a config-file as a document whose values can be changed and whose comments stay.
 * @returns null while it is no YAML, or no mapping
 */
export function documentOf(text: string): Document | null {
  const document = parseDocument(text, VERSION)
  if (document.errors.length > 0) return null
  return document.contents === null || isMap(document.contents) || isEmpty(document.contents) ? document : null
}

const isEmpty = (node: unknown) => isScalar(node) && node.value === null

/** PURE: what stands at a path, as JSON; undefined: nothing. */
export function valueAt(document: Document, path: Path): unknown {
  const node = document.getIn(path, true)
  if (node === undefined) return undefined
  const value = isScalar(node) ? node.value : (node as { toJS: (of: Document) => unknown }).toJS(document)
  return value === null ? undefined : value
}

/**
 * PURE: the text with another value at a path; comments and all else stay. Without one the key goes, and with it what is
 * empty then: an empty mapping would say that there is none, where no key says nothing.
 */
export function withValue(text: string, path: Path, value: unknown): string {
  const document = documentOf(text)
  if (!document) return text
  if (value === undefined) remove(document, path)
  else {
    open(document, path)
    document.setIn(path, document.createNode(value))
  }
  return document.toString(WHOLE)
}

/** Makes mappings and lists of what is empty or not there on the way to a path; comments stay. */
function open(document: Document, path: Path): void {
  for (const [depth, key] of path.entries()) {
    const at = path.slice(0, depth)
    const node = depth === 0 ? document.contents : document.getIn(at, true)
    if (node !== null && node !== undefined && !isEmpty(node)) continue
    const made = typeof key === 'number' ? new YAMLSeq(document.schema) : new YAMLMap(document.schema)
    if (isScalar(node)) made.commentBefore = [node.commentBefore, node.comment].filter(Boolean).join('\n') || null
    if (depth === 0) document.contents = made as never
    else document.setIn(at, made)
  }
}

function remove(document: Document, path: Path): void {
  document.deleteIn(path)
  for (let depth = path.length - 1; depth > 0; depth--) {
    const at = path.slice(0, depth)
    const left = document.getIn(at, true) as { items?: unknown[]; commentBefore?: string | null } | undefined
    if (left?.items?.length !== 0) return
    // What everything stands below stays, with nothing behind it.
    if (depth === 1) document.setIn(at, document.createNode(null))
    else document.deleteIn(at)
  }
}

/** PURE: a value as it would stand in a config-file, for people to read. */
export const fragmentOf = (value: unknown): string => stringify(value, { ...WHOLE, ...VERSION }).trimEnd()
