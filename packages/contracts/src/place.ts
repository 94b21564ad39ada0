/** Where something stands in a text: both from 1, the column in UTF-16 units. */
export interface Place {
  line: number
  column: number
}

/** What is wrong and what to do about it, as a person reads it: the sentence may be a question. */
export const withRemedy = ({ sentence, remedy }: { sentence: string; remedy: string }): string =>
  `${sentence}${sentence.endsWith('?') ? '' : '.'} ${remedy}`

/** The places of a text by their offsets (UTF-16 units from 0). */
export function placesIn(source: string): (at: number) => Place {
  const starts = [0]
  for (let end = source.indexOf('\n'); end >= 0; end = source.indexOf('\n', end + 1)) starts.push(end + 1)
  return (at) => {
    const line = lastAtMost(starts.length, (index) => starts[index]! <= at)
    return { line: line + 1, column: at - starts[line]! + 1 }
  }
}

/** Of `count` things in ascending order the last that `isAtMost`; the first, if none is. */
export function lastAtMost(count: number, isAtMost: (index: number) => boolean): number {
  let [low, high] = [0, count - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (isAtMost(middle)) low = middle
    else high = middle - 1
  }
  return low
}
