/** Columns that a text takes: combining marks none, East Asian wide characters and emoji two. */
export function width(text: string): number {
  if (Buffer.byteLength(text) === text.length) return text.length
  return Array.from(text).reduce((sum, each) => sum + columnsOf(each), 0)
}
const columnsOf = (character: string) => {
  if (/\p{Mark}/u.test(character)) return 0
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
    character,
  )
    ? 2
    : 1
}

/** At most so many columns; what was cut ends with `…`. */
export function clip(text: string, columns: number): string {
  if (width(text) <= columns) return text
  let kept = ''
  let room = columns - 1
  for (const character of text) {
    room -= columnsOf(character)
    if (room < 0) break
    kept += character
  }
  return `${kept}…`
}
