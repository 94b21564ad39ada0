import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Node, shown } from '@eims/contracts'
import type { Test } from 'tap'
import { find } from '../../src/verbs.ts'

export interface Answer {
  status: number
  body: unknown
  headers?: Record<string, string>
}
type Answering = (line: string, body: unknown, headers: IncomingHttpHeaders) => Answer

/** A server that notes what is asked, and a CLI that talks to it, with no terminal anywhere. */
export async function bench(t: Test, answer: Answering) {
  const asked: [string, unknown][] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const line = `${request.method} ${decodeURIComponent(request.url ?? '')}`
    const sent = text ? JSON.parse(text) : null
    asked.push([line, sent])
    const { status, body, headers } = answer(line, sent, request.headers)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(status === 204 ? undefined : JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const env = { HOME: t.testdir(), EIMS_SERVER: url, EIMS_KEY: 'key' }
  const eims = async (...argv: string[]) => {
    const found = find(argv)
    if (!found) throw new Error(`no verb ${argv.join(' ')}`)
    const printed = t.capture(process.stdout, 'write', () => true)
    const said = t.capture(process.stderr, 'write', () => true)
    await found.verb.run(found.rest, env).finally(() => {
      printed.restore()
      said.restore()
    })
    return printed()
      .map((call) => String(call.args[0]))
      .join('')
  }
  return { asked, eims, url, env }
}

export const ok = (body: unknown, headers?: Record<string, string>): Answer => ({
  status: 200,
  body,
  ...(headers ? { headers } : {}),
})
export const pageOf = (items: unknown[], nextPageToken: string | null = null, total = items.length): Answer =>
  ok({ items, nextPageToken, total })

const at = '2026-11-20T10:00:00.000Z'
export const node = (name: string, more: Partial<Node> = {}): Node => ({
  id: `id-${name}`,
  name,
  serial: `SN-${name}`,
  uuid: null,
  macs: [],
  provisional: [],
  manufacturer: null,
  product: null,
  registered: true,
  profile: null,
  site: 'default',
  batch: null,
  metadata: {},
  account: null,
  disk: null,
  netbootPolicy: 'allowed',
  bootFile: null,
  secureBoot: null,
  configSha256: null,
  state: 'REGISTERED',
  desired: 'ONBOARDED',
  status: { reason: shown({ code: 'registered', slots: {} }), indicator: 'IDLE', at },
  hold: null,
  waiting: null,
  instance: null,
  installed: null,
  run: null,
  lastSeenAt: null,
  createdAt: at,
  ...more,
})
