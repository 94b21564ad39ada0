import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const init = readFileSync(join(import.meta.dirname, '../init'), 'utf8')
const settle = /^settle\(\) \{\n.*?^\}\n/ms.exec(init)![0]

/** The function of init alone, under a clock that each sleep turns on; `ready` ends it after so many half seconds. */
function wait(ready: number): string[] {
  const script = `
slept=0
say() { echo "$((slept / 2)) s: $*"; }
sleep() { [ "$1" = 0.5 ] || exit 1; slept=$((slept + 1)); [ "$slept" -le 2000 ] || { echo 'waits for ever'; exit; }; }
[() { if command [ "$1" = -e ]; then command [ "$slept" -ge ${ready} ]; else command [ "$@"; fi; }
${settle}
settle
echo "$((slept / 2)) s: on"
`
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n')
}

await t.test('drivers that settle are waited for without a word', async (t) => t.strictSame(wait(20), ['10 s: on']))

await t.test('drivers that never settle are spoken of after a minute and done without after five', async (t) =>
  t.strictSame(wait(10_000), [
    '60 s: still waiting for the drivers of this machine: a device hangs, or comes and goes',
    '300 s: the drivers did not settle in 5 minutes, going on without: a disk may be missing',
    '300 s: on',
  ]),
)

await t.test('init waits so before it starts the agent', async (t) =>
  t.ok(init.indexOf('\nsettle\n') > 0 && init.indexOf('\nsettle\n') < init.indexOf('node /eims/agent.mjs')),
)
