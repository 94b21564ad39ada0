import { readFileSync } from 'node:fs'
import { SiteParameters } from '@eims/contracts'
import { execute, lookOnly } from './actions/table.ts'
import { calm } from './back-off.ts'
import { correction, correctionAtStart } from './clock.ts'
import { finishMachine } from './finish.ts'
import { survey } from './hardware/survey.ts'
import { httpChunks } from './http/chunks.ts'
import { openServers } from './http/servers.ts'
import { openSession } from './http/session.ts'
import { trustOnly } from './http/trust.ts'
import { runLoop } from './loop.ts'
import { livesInMemory, thisMachine } from './machine.ts'
import { openRefused } from './refused.ts'
import { openScreen } from './screen/screen.ts'
import { openState } from './state.ts'

const VERSION = '0.1.0'
/** An action that was told to stop gets so long; milliseconds. */
const GRACE = 60_000

const screen = openScreen(
  (line) => process.stdout.write(`${line}\n`),
  () => performance.now(),
)
const { EIMS_SITE = '/eims/site.json', EIMS_STATE = '/run/eims' } = process.env

async function main(): Promise<void> {
  const site = readSite(EIMS_SITE)
  const state = openState(EIMS_STATE)
  const ours = livesInMemory(readFileSync('/proc/mounts', 'utf8'))
  const machine = thisMachine(site.bootMac, ours)
  if (!ours) screen.line('This is not the Micro-OS: disks, clock and power of this machine are left alone')
  trustOnly(site.siteCa)

  let clockSet = Number.NEGATIVE_INFINITY
  const setClock = async (seconds: number | null) => {
    if (seconds === null || performance.now() - clockSet < 60_000) return
    clockSet = performance.now()
    await machine
      .busybox('date', '-s', `@${seconds}`)
      .then(() => screen.line(`The clock was set to ${new Date(seconds * 1000).toISOString()}`))
      .catch((error: Error) => screen.line(`The clock cannot be set: ${error.message}`))
  }
  await setClock(correctionAtStart(site.serverTime, Date.now(), state.fresh))

  const servers = openServers(site.servers, (date) => void setClock(correction(date, Date.now())))
  const describe = async () => {
    const about = await survey(machine)
    screen.header({ identity: about.identity, bootMac: site.bootMac, server: servers.current, version: VERSION })
    return about
  }
  const restart = () => void finishMachine(machine, 'reboot').catch(fail)
  const refused = openRefused(screen, () => performance.now(), restart)
  const session = openSession({
    servers,
    state,
    bootToken: site.bootToken,
    agentVersion: VERSION,
    describe,
    backOff: calm,
    onTrouble: screen.wait,
    onOnboarded(nodeName) {
      refused.accepted()
      screen.node(nodeName)
    },
    onSessionLost: refused.refused,
  })
  await runLoop(
    {
      plan: session,
      sink: session,
      // A mirror is another's server: it gets no session.
      chunks: [
        ...site.mirrors.map((base) => httpChunks(base, () => null)),
        ...site.servers.map((base) => httpChunks(base, session.token)),
      ],
      machine,
      state,
      screen,
      execute: ours ? execute : lookOnly,
      finish: (finish) => finishMachine(machine, finish),
      pace: { report: 2000, ask: 1000 },
      grace: GRACE,
      now: Date.now,
    },
    new AbortController().signal,
  )
}

function readSite(path: string): SiteParameters {
  try {
    return SiteParameters.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    throw new Error(`The site parameters in ${path} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

function fail(error: unknown): void {
  screen.end('FAILED', error instanceof Error ? error.message : String(error))
  // process.exit waits for threads of the pool, and one may hang in a disk that no longer answers
  process.exitCode = 1
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 2000).unref()
}

main().catch(fail)
