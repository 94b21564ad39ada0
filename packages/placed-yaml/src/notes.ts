import { nearest, type Place } from '@eims/contracts'

/** Something that a person should know of a document, where it stands in the file that was given. */
export interface Note extends Place {
  /** of the field, from the top of its document: `tasks[0].actions[1].environment.MODE` */
  path: string
  sentence: string
  /** what to do about it */
  remedy: string
}

/** A place, and the path of what stands there. */
export type Spot = Place & { path: string }

const MOST = 50

/** Mistakes and warnings, each once however often it is met, in the order of the file. */
export class Notes {
  readonly #mistakes = new Map<string, Note>()
  readonly #warnings = new Map<string, Note>()

  mistake(spot: Spot, sentence: string, remedy: string): void {
    add(this.#mistakes, spot, sentence, remedy)
  }

  warning(spot: Spot, sentence: string, remedy: string): void {
    add(this.#warnings, spot, sentence, remedy)
  }

  get mistakes(): Note[] {
    return inOrder(this.#mistakes)
  }

  get warnings(): Note[] {
    return inOrder(this.#warnings)
  }
}

function add(to: Map<string, Note>, { line, column, path }: Spot, sentence: string, remedy: string): void {
  if (to.size < MOST) to.set(`${line} ${column} ${path} ${sentence}`, { line, column, path, sentence, remedy })
}

const inOrder = (notes: Map<string, Note>) => [...notes.values()].sort((a, b) => a.line - b.line || a.column - b.column)

const MOST_QUOTED = 60

/** A value in a sentence. */
export const quoted = (text: string): string =>
  JSON.stringify(text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text)

/** Of the names that there are the one that was probably meant; null: none is near. */
export function meant(name: string, known: readonly string[]): string | null {
  const near = nearest(
    name,
    known.map((each) => each.toLowerCase()),
  )
  return known.find((each) => each.toLowerCase() === near) ?? null
}
