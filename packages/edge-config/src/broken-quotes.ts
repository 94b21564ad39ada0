import { placesIn } from '@eims/contracts'
import { Notes, parseYaml, type YamlSource } from '@eims/placed-yaml'
import { LIMITS } from './limits.ts'

/**
 * A text of YAML in which double-quoted text that goes on at the very beginning of a line has the line break that it
 * shows. To YAML 1.2 such is an error, and to libyaml a space, which makes one line of a systemd drop-in's two; the
 * design proposal's own example has one.
 * @param tell called for each such break with its offset in the text that was given
 */
export function withBreaks(text: string, tell: (source: YamlSource, at: number) => void): YamlSource {
  const placeIn = placesIn(text)
  const source: YamlSource = { text, placeOf: placeIn }
  const breaks = breaksIn(source)
  if (breaks.length === 0) return source
  for (const at of breaks) tell(source, at)
  const parts: string[] = []
  let from = 0
  for (const at of breaks) {
    parts.push(text.slice(from, at).replace(/\r$/, ''))
    from = at + 1
  }
  parts.push(text.slice(from))
  // where in the new text each break is over, and by how much what follows has moved
  const moves: { from: number; by: number }[] = []
  let length = 0
  let given = 0
  for (const [index, part] of parts.slice(0, -1).entries()) {
    length += part.length + 2
    given = breaks[index]! + 1
    moves.push({ from: length, by: given - length })
  }
  return {
    text: parts.join('\\n'),
    placeOf: (offset) => placeIn(offset + (moves.findLast((move) => move.from <= offset)?.by ?? 0)),
  }
}

/** Of every text with such a break; of some others, too. */
const PERHAPS = /"[^"]*\n\S/

function breaksIn(source: YamlSource): number[] {
  const { text: yaml } = source
  if (!PERHAPS.test(yaml)) return []
  const [document] = parseYaml(source, new Notes(), LIMITS)
  return document?.writtenAs('QUOTE_DOUBLE').flatMap((at) => breaksOf(yaml, at)) ?? []
}

/** @param begin where the quoted text begins, with its quotation mark */
function breaksOf(text: string, begin: number): number[] {
  const found: number[] = []
  for (let at = begin + 1; at < text.length && text[at] !== '"'; at++)
    // an escaped line break is one that is not meant
    if (text[at] === '\\') at++
    else if (text[at] === '\n' && /\S/.test(text[at + 1] ?? ' ')) found.push(at)
  return found
}
