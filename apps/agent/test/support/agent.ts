import type { NextReply } from '@eims/contracts'
import type { Test } from 'tap'
import type { Context } from '../../src/actions/handler.ts'
import type { Outcome } from '../../src/actions/table.ts'
import type { Leave } from '../../src/finish.ts'
import { openServers } from '../../src/http/servers.ts'
import { openSession } from '../../src/http/session.ts'
import { runLoop } from '../../src/loop.ts'
import { openScreen } from '../../src/screen/screen.ts'
import { openState } from '../../src/state.ts'
import { fakeMachine } from './machine.ts'

type ActionReply = Extract<NextReply, { kind: 'action' }>

/** An action as a server hands it out. */
export const action = (id: string, more: Partial<ActionReply> = {}): ActionReply => ({
  kind: 'action',
  runId: 'run-1',
  action: {
    id,
    task: 'provision',
    name: id,
    uses: { kind: 'builtin', builtin: 'inventory' },
    with: {},
    env: {},
    timeout: 60,
    repeatable: true,
  },
  attempt: 1,
  lastSeq: 0,
  leaseSeconds: 30,
  index: 1,
  count: 1,
  results: {},
  ...more,
})

export const session = { session: 's-1', nodeId: 'n-1', nodeName: 'bench-7' }

export interface AgentOptions {
  bases: string[]
  stateDir: string
  execute: (action: ActionReply['action'], context: Context) => Promise<Outcome>
  finish?: (finish: Leave) => Promise<void>
  pace?: number
  grace?: number
}

/** A whole agent in this process, with short waits. `stop` ends it as a kill would: nothing more is sent. */
export function startAgent(t: Pick<Test, 'teardown'>, options: AgentOptions) {
  const { bases, stateDir, execute, finish, pace = 5, grace = 60_000 } = options
  const stop = new AbortController()
  const screen: string[] = []
  const finishes: Leave[] = []
  const lost: string[] = []
  const dates: (string | null)[] = []
  const servers = openServers(bases, (date) => dates.push(date))
  const state = openState(stateDir)
  const view = openScreen(
    (line) => screen.push(line),
    () => performance.now(),
  )
  const port = openSession({
    servers,
    state,
    bootToken: 'boot-token-0123456789',
    agentVersion: '0.0.0',
    describe: async () => ({
      identity: { serial: 'SN-0001', macs: [] },
      inventory: {
        architecture: 'x86_64',
        firmware: 'uefi',
        secureBoot: null,
        cpuModel: null,
        cpuCount: 1,
        memory: 1,
        biosVendor: null,
        biosVersion: null,
        disks: [],
        nics: [],
        missingFirmware: [],
      },
    }),
    backOff: { first: 2, cap: 10, random: Math.random },
    onTrouble: view.wait,
    onOnboarded: view.node,
    onSessionLost: (text) => lost.push(text),
  })
  const ended = runLoop(
    {
      plan: port,
      sink: port,
      chunks: [],
      machine: fakeMachine(t),
      state,
      screen: view,
      execute,
      async finish(said) {
        finishes.push(said)
        await finish?.(said)
      },
      pace: { report: pace, ask: 5 },
      grace,
      now: () => 1_800_000_000_000,
    },
    stop.signal,
  ).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error
  })
  t.teardown(() => stop.abort())
  return { screen, finishes, lost, dates, ended, stop: () => stop.abort() }
}
