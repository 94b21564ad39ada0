import type { Page } from 'playwright-core'

/** Milliseconds between two keys of a keyboard-wedge scanner. */
const BETWEEN_KEYS = 1

/** A barcode scanner: types a code into whatever has the focus, and presses Enter. */
export async function scan(page: Page, code: string): Promise<void> {
  await page.keyboard.type(code, { delay: BETWEEN_KEYS })
  await page.keyboard.press('Enter')
}

/** Opens the floor and signs in at its own form. */
export async function bench(page: Page, key: string): Promise<void> {
  await page.goto('/floor')
  await page.getByLabel(/^(Key|Schlüssel)$/).fill(key)
  await page.keyboard.press('Enter')
  await page.getByText(/^(Ready to scan|Bereit zum Scannen)$/).waitFor()
}

/** What fills the screen. */
export const answer = (page: Page) => page.locator('.answer')
/** Waits until the screen is filled with that heading, and gives its colour's name. */
export async function told(page: Page, title: string | RegExp): Promise<string | null> {
  await answer(page).getByRole('heading', { name: title, exact: true }).waitFor()
  return answer(page).getAttribute('data-tone')
}
