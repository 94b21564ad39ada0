/** The most characters of a file's name that are kept. */
const LONGEST = 255

/** What a terminal or a spreadsheet would act on: controls, and Unicode's marks of direction. */
const ORDERS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * PURE: what a file is called, as the history and the audit log have it: without the folders that browsers and scripts put
 * before it, on one line, and bounded.
 * @returns null when nothing is left of it
 */
export function fileName(text: string | undefined): string | null {
  const last = (text ?? '').split(/[\\/]/).at(-1) ?? ''
  return last.replace(ORDERS, '').trim().slice(0, LONGEST).toWellFormed().trim() || null
}
