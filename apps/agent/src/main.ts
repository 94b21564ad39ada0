import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { SiteParameters } from '@eims/contracts'
import { execute, lookOnly } from './actions/table.ts'
import { calm } from './back-off.ts'
import { correction, correctionAtStart } from './clock.ts'
import { sayFarewell } from './farewell.ts'
import { survey } from './hardware/survey.ts'
import { httpChunks } from './http/chunks.ts'
import { openServers } from './http/servers.ts'
import { openSession } from './http/session.ts'
import { runLoop } from './loop.ts'
import { livesInMemory, thisMachine } from './machine.ts'
import { openScreen } from './screen/screen.ts'
import { openState } from './state.ts'

const VERSION = '0.1.0'
/** Refused for so long, the machine starts again from the network and gets a new boot token; milliseconds. */
const GIVE_UP_SESSION = 5 * 60_000

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
  if (site.siteCa) setDefaultCACertificates([...getCACertificates('default'), site.siteCa])

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
  let lostSince: number | null = null
  const session = openSession({
    servers,
    state,
    bootToken: site.bootToken,
    agentVersion: VERSION,
    describe,
    backOff: calm,
    onTrouble: screen.wait,
    onOnboarded(nodeName) {
      lostSince = null
      screen.node(nodeName)
    },
    onSessionLost(text) {
      lostSince ??= performance.now()
      if (performance.now() - lostSince < GIVE_UP_SESSION) return
      screen.end('FAILED', `${text} This machine starts again from the network.`)
      void sayFarewell(machine, 'reboot')
    },
  })
  await runLoop(
    {
      plan: session,
      sink: session,
      chunks: site.servers.map((base) => httpChunks(base, session.token)),
      machine,
      state,
      screen,
      execute: ours ? execute : lookOnly,
      farewell: (farewell) => sayFarewell(machine, farewell),
      pace: { report: 2000, ask: 1000 },
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

main().catch((error: unknown) => {
  screen.end('FAILED', error instanceof Error ? error.message : String(error))
  process.exitCode = 1
})
