import type { Field } from '@eims/placed-yaml'
import type { Outward } from './documents.ts'

const PATHS: Readonly<Record<string, readonly string[]>> = {
  Template: ['spec', 'data'],
  // cluster-api-provider-tinkerbell
  TinkerbellMachineTemplate: ['spec', 'template', 'spec', 'templateOverride'],
}

/**
 * The template that a document of a kind holds as text, and how its places are told as the file's.
 * @returns null, and it is told, when it holds none
 */
export function innerTemplate(document: Field, kind: string): { text: string; outward: Outward } | null {
  let field: Field | undefined = document
  for (const name of PATHS[kind]!) field = field?.fields()?.get(name)
  const text = field?.text()
  if (text === null) return null
  if (field === undefined || text === undefined || text.trim() === '')
    return document.mistake(`The ${kind} holds no template`, `Write it as text into ${PATHS[kind]!.join('.')}.`)
  return { text, outward: outwardOf(field, text) }
}

/** Lines of a literal block (`|`) are the file's, indented; of text that YAML folds or unescapes the place is its begin. */
function outwardOf(field: Field, text: string): Outward {
  const { line: header, column } = field.spot
  const { style, from } = field.written
  if (style !== 'BLOCK_LITERAL') return () => ({ line: header, column })
  const lines = text.split('\n')
  const [, ...indented] = from.split(/\r?\n/, lines.length + 1)
  return (place) => {
    const index = Math.min(place.line, lines.length) - 1
    const indent = (indented[index]?.length ?? 0) - lines[index]!.length
    return { line: header + place.line, column: place.column + Math.max(0, indent) }
  }
}
