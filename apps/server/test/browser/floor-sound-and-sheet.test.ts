import { until } from '@eims/lab'
import t from 'tap'
import { startDatabases } from '../support/databases.ts'
import { openSite } from '../support/site.ts'
import { builtDashboard, startBrowser, visit } from './browser.ts'
import { cableTo } from './cable.ts'
import { bench, scan, told } from './scanner.ts'

// One promise: what a scan came to is heard, and what is printed for the scanner can be scanned.

const databases = await startDatabases(t)
const dashboard = await builtDashboard(t)
const browser = await startBrowser(t)
const site = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })

await t.test('good, bad, kept for later and a new command sound different, from the first key on', async (t) => {
  for (const serial of ['SN-1', 'SN-2']) await site.api('addNode', { body: { serial } })
  const cable = await cableTo(t, site.admin)
  const { context, page: before } = await visit(t, browser, cable)
  await context.addInitScript(`
    globalThis.contexts = 0
    globalThis.tones = []
    globalThis.AudioContext = class extends AudioContext {
      constructor() {
        super()
        globalThis.contexts++
      }
    }
    const start = AudioScheduledSourceNode.prototype.start
    AudioScheduledSourceNode.prototype.start = function (at) {
      globalThis.tones.push({ wave: this.type, pitch: this.frequency.value, at, state: this.context.state })
      return start.call(this, at)
    }`)
  await bench(before, site.keys.operator)
  await before.close()
  const page = await context.newPage()
  await page.goto('/floor')
  await page.getByText('Ready to scan').waitFor()
  t.equal(await page.evaluate('contexts'), 0, 'nobody has touched anything yet')
  await page.keyboard.press('F')
  t.equal(await page.evaluate('contexts'), 1, 'a key wakes it, before anything is answered')
  await page.keyboard.press('Backspace')
  await until(async () => (await page.locator('.scan-field').inputValue()) === '')

  interface Tone {
    wave: string
    pitch: number
    at: number
    state: string
  }
  const heard = async (code: string, title: string, count: number): Promise<Tone[]> => {
    await page.evaluate('tones.length = 0')
    await scan(page, code)
    await told(page, title)
    await until(async () => (await page.evaluate('tones.length')) === count)
    return page.evaluate('tones')
  }
  const good = await heard('SN-1', 'Waiting', 2)
  const bad = await heard('SN-9', 'No such machine', 2)
  const mode = await heard('EIMS.HOLD', 'Hold', 1)
  cable.cut()
  const kept = await heard('SN-2', 'Kept', 2)
  cable.mend()
  const pitches = (tones: Tone[]) => tones.map(({ pitch }) => Math.round(pitch))
  t.ok(good[1]!.pitch > good[0]!.pitch && bad[1]!.pitch < bad[0]!.pitch, 'good rises, bad falls')
  t.ok(Math.max(...pitches(bad)) * 2 < Math.min(...pitches(good)), 'bad is more than an octave lower')
  t.not(good[0]!.wave, bad[0]!.wave, 'and rough')
  t.equal(new Set([good, bad, mode, kept].map((tones) => `${tones[0]!.wave} ${pitches(tones).join(' ')}`)).size, 4)
  for (const tones of [good, bad, mode, kept]) {
    t.ok(
      tones.every(({ state }) => state === 'running'),
      'it is to be heard',
    )
    t.ok(tones.every(({ at }, index) => index === 0 || at > tones[index - 1]!.at + 0.05))
  }
  await page.getByRole('switch', { name: 'Sound' }).click()
  await scan(page, 'EIMS.LOOK')
  await told(page, 'Look up')
  await page.evaluate('tones.length = 0')
  await scan(page, 'SN-9')
  await told(page, 'No such machine')
  t.equal(await page.evaluate('tones.length'), 0, 'a switch silences it')
})

/** Of a sheet of A4 with its margins, in millimetres, and so many of a screen's points each of them. */
const [PRINTED, POINTS] = [210 - 2 * 12, 96 / 25.4]

await t.test('on paper every code is as wide as a scanner needs it, and whole', async (t) => {
  const names = ['lot-2026-31', 'L'.repeat(63), ...Array.from({ length: 14 }, (_, each) => `spares-${each}`)]
  for (const name of names) await site.api('addBatch', { body: { name } })
  for (const locale of ['en-GB', 'de-DE']) {
    const { page } = await visit(t, browser, site, { locale, colorScheme: 'dark' })
    await page.goto('/floor/codes')
    await page.getByLabel(/^(Key|Schlüssel)$/).fill(site.keys.viewer)
    await page.keyboard.press('Enter')
    await page.getByRole('img', { name: 'EIMS.HOLD' }).waitFor()
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    await page.setViewportSize({ width: Math.floor(PRINTED * POINTS), height: 1000 })
    const codes = await page.evaluate<{ code: string; module: number; isWhole: boolean; isAlone: boolean }[]>(`
      [...document.querySelectorAll('.sheet li')].map((item) => {
        const [bars, around] = [item.querySelector('.bars'), item.getBoundingClientRect()]
        const { left, right, top, bottom, width } = bars.getBoundingClientRect()
        const others = [...item.querySelectorAll('b, p')].map((each) => each.getBoundingClientRect())
        return {
          code: bars.getAttribute('aria-label'),
          module: width / bars.viewBox.baseVal.width,
          isWhole: left >= around.left && right <= around.right && around.right <= innerWidth + 1 && around.left >= 0,
          isAlone: others.every((other) => other.bottom <= top + 1 || other.top >= bottom - 1 || other.right <= left + 1),
        }
      })`)
    t.ok(codes.length >= 6 + 6 + names.length)
    for (const { code, module, isWhole, isAlone } of codes) {
      t.ok(module / POINTS >= 0.33 - 0.001, `${code}: ${(module / POINTS).toFixed(3)} mm`)
      t.ok(isWhole && isAlone, `${code} is not cut off, nor written over`)
    }
  }
})
