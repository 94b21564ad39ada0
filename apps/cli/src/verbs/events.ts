import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, Event } from '@eims/contracts'
import { command } from '../command.ts'
import { followEvents } from '../event-stream.ts'
import { explainFailure } from '../failure.ts'
import { harmless, harmlessJson } from '../harmless.ts'
import { Interrupted, interruptible } from '../interrupt.ts'
import { clock } from '../output.ts'
import { paint, type Screen, type Tint } from '../screen.ts'
import { clip } from '../text-width.ts'

export const events = command({
  name: 'events',
  summary: 'what changes, as it happens, until Ctrl-C',
  options: {
    follow: { type: 'boolean', says: 'go on with what happens from now on (it does so without the flag, too)' },
    node: { type: 'string', value: 'NODE', says: 'only of this machine' },
    batch: { type: 'string', value: 'BATCH', says: 'only of the machines of this batch' },
    kind: { type: 'string', value: 'KINDS', says: 'only such, separated by commas: run.ended, instance.*' },
    after: { type: 'string', value: 'ID', says: 'begin with what came after this event; 0: with all that is kept' },
  },
  about: `
A connection that breaks is taken up again where it ended. With --json each line is one event as JSON.

Example: ./eims events --batch lot-7 --kind 'run.ended,instance.*' --json`,
  async run({ values, server, client, screen }) {
    using interrupt = interruptible()
    const { signal } = interrupt
    const { node, batch, kind, after } = values
    const say = (error: unknown) =>
      process.stderr.write(
        `${(explainFailure(error).lines[0] ?? 'eims: the stream ended').split('; ')[0]}; trying again\n`,
      )
    const stream = followEvents({
      baseUrl: server.url,
      key: server.key,
      query: { node, batch, kind, after },
      signal,
      pause: (milliseconds) => sleep(milliseconds, undefined, { signal }).catch(() => {}),
      onLost: say,
    })
    const nameOf = nodeNames(client)
    for await (const event of stream)
      process.stdout.write(
        values.json ? `${harmlessJson(event)}\n` : renderEvent(harmless(event), await nameOf(event.nodeId), screen),
      )
    if (signal.aborted) throw new Interrupted()
  },
})

/** Names of nodes by their id, each asked for once; null for one that is gone. */
function nodeNames(client: Client): (id: string | null) => Promise<string | null> {
  const known = new Map<string, string | null>()
  return async (id) => {
    if (id === null) return null
    const name = known.get(id)
    if (name !== undefined) return name
    const asked = await client('getNode', { params: { id } }).then(
      (node) => node.name,
      () => null,
    )
    if (known.size >= MOST_NAMES) known.clear()
    known.set(id, asked)
    return asked
  }
}
const MOST_NAMES = 10_000

const tintOf = ({ kind, data }: Event): Tint | null => {
  if (/\.failed$|conflict|double|lease-expired/.test(kind) || data.state === 'FAILED') return 'bad'
  if (/^instance\.(running|provisioned)$/.test(kind)) return 'good'
  return /^(run|action)\./.test(kind) ? 'busy' : null
}

const [WHO, KIND] = [17, 20]

/** One event as one line. @param node name of the machine, when it is one that is registered or known */
function renderEvent(event: Event, node: string | null, screen: Screen): string {
  const times = event.count > 1 ? ` ×${event.count}` : ''
  const who = (node ?? event.mac ?? '').padEnd(WHO)
  const text = `${clock(event.lastAt)}  ${who}  ${`${event.kind}${times}`.padEnd(KIND)}  ${event.message}`
  return `${paint(screen.columns === null ? text : clip(text, screen.columns), tintOf(event), screen)}\n`
}
