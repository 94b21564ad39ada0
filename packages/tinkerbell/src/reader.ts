import { placesIn } from '@eims/contracts'
import type { Field, YamlSource } from '@eims/placed-yaml'
import { Notes, parseYaml } from '@eims/placed-yaml'
import { renderMapped, TemplateError } from '@eims/template'
import type { Outward, Part } from './documents.ts'
import type { Limits } from './limits.ts'

const MEND = 'Mend the action between {{ and }}, or give the value that it asks for.'

/** Renders and parses the parts of one file, and keeps what is to be told of them. */
export class Reader {
  readonly notes = new Notes()
  readonly data: Record<string, unknown>
  readonly limits: Limits

  constructor(data: Record<string, unknown>, limits: Limits) {
    this.data = data
    this.limits = limits
  }

  /** Renders a part and parses what comes out. `outward`: from a place in the part to one in the file. */
  render(part: { text: string; outward: Outward }, data: Record<string, unknown>): Field[] {
    try {
      const { text, placeOf } = renderMapped(part.text, data)
      const lines = part.text.split('\n')
      return this.#parse({
        text,
        placeOf: (offset) => part.outward(placeOf(offset)),
        sourceAt: (offset) => {
          const { line, column } = placeOf(offset)
          return lines[line - 1]?.[column - 1] ?? ''
        },
      })
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error
      this.notes.mistake({ ...part.outward(error), path: '' }, `In the template: ${error.sentence}`, MEND)
      return []
    }
  }

  /** A part as it stands there, not rendered. */
  plain({ text, outward }: Part): Field[] {
    const placeIn = placesIn(text)
    return this.#parse({
      text,
      placeOf: (offset) => outward(placeIn(offset)),
    })
  }

  #parse(source: YamlSource): Field[] {
    return parseYaml(source, this.notes, this.limits).flatMap((document) => document ?? [])
  }
}
