import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { Sha256 } from '@eims/contracts'
import { z } from 'zod'
import { execute, lookOnly } from './actions/table.ts'
import { finishMachine } from './finish.ts'
import { trustOnly } from './http/trust.ts'
import { livesInMemory, thisMachine } from './machine.ts'
import { installFromMedium } from './medium/install.ts'
import { openScreen } from './screen/screen.ts'
import { openState } from './state.ts'

/*
 * The agent of a medium that needs no server: it stands in the place of main.ts in the Micro-OS that such a medium starts.
 */

const VERSION = '0.1.0'
/** An action that was told to stop gets so long; milliseconds. */
const GRACE = 60_000
/** What stands on the screen at the end is to be read by somebody; milliseconds. */
const READABLE = 10_000
const MEDIUM = '/eims/medium.json'
const STATE = '/run/eims'

const screen = openScreen(
  (line) => process.stdout.write(`${line}\n`),
  () => performance.now(),
)
/** With a beep where there is a beeper: nobody has to watch the screen. */
const beeping: typeof screen = {
  ...screen,
  end(word, reason) {
    screen.end(word, reason)
    process.stdout.write('\x07')
  },
}

async function main(): Promise<void> {
  const { seal } = z.object({ seal: Sha256 }).parse(JSON.parse(readFileSync(MEDIUM, 'utf8')))
  const ours = livesInMemory(readFileSync('/proc/mounts', 'utf8'))
  const machine = thisMachine(null, ours)
  if (!ours) screen.line('This is not the Micro-OS: disks and power of this machine are left alone')
  trustOnly(null)
  await installFromMedium(
    {
      machine,
      screen: beeping,
      state: openState(STATE),
      stateDir: STATE,
      seal,
      version: VERSION,
      execute: ours ? execute : lookOnly,
      async finish(finish) {
        if (finish !== 'hold')
          screen.line(`It ${finish === 'poweroff' ? 'switches off' : 'restarts'} in ${READABLE / 1000} seconds.`)
        await pause(READABLE)
        await finishMachine(machine, finish)
      },
      pace: { report: 2000, ask: 1000 },
      grace: GRACE,
      now: Date.now,
      clock: () => performance.now(),
    },
    new AbortController().signal,
  )
}

main().catch((error: unknown) => {
  beeping.end('FAILED', error instanceof Error ? error.message : String(error))
  // process.exit waits for threads of the pool, and one may hang in a disk that no longer answers
  process.exitCode = 1
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 2000).unref()
})
