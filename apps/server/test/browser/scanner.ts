import type { Page } from 'playwright-core'

/** Milliseconds between two keys of a keyboard-wedge scanner. */
const BETWEEN_KEYS = 1

/** A barcode scanner: types a code into whatever has the focus, and presses Enter. */
export async function scan(page: Page, code: string): Promise<void> {
  await page.keyboard.type(code, { delay: BETWEEN_KEYS })
  await page.keyboard.press('Enter')
}
