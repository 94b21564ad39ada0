import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

// Promise: that there is no network card is said only when the drivers have had their time.

const network = readFileSync(join(import.meta.dirname, '../network'), 'utf8')
const report = /^report\(\) \{\n.*?^\}\n/ms.exec(network)![0]

/** What the screen shows of a machine without a card after so many seconds. */
function shown(waited: number, settled: boolean): string {
  const script = `
[() { if command [ "$1 $2" = '-e /run/drivers-settled' ]; then ${settled}; else command [ "$@"; fi; }
waited=${waited}
${report}
report
`
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim()
}

const none = 'eims: no network card found: is its driver in the Micro-OS?'
const yet = 'eims: no network card yet: the drivers are still being loaded'

await t.test('while drivers are loaded', async (t) => {
  t.equal(shown(10, false), yet)
  t.equal(shown(290, false), yet)
})
await t.test('when nothing new shows up', async (t) => t.equal(shown(10, true), none))
await t.test('when a device hangs, after as long as init waits', async (t) => t.equal(shown(300, false), none))
