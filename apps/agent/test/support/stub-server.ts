import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type NextReply,
  NextRequest,
  OnboardRequest,
  ProblemError,
  type ReportReply,
  ReportRequest,
  toProblem,
} from '@eims/contracts'
import type { Test } from 'tap'

type Handlers = {
  onboard: (body: OnboardRequest) => unknown
  next: (session: string) => NextReply
  report: (body: ReportRequest, session: string) => ReportReply
}

/** What the stub does with the nth call (from 1) of a kind: as usual, lose the reply, or hang up unread. */
export type Weather = (call: 'onboard' | 'next' | 'report' | 'blob', nth: number) => 'fine' | 'lose reply' | 'hang up'

export interface StubServer {
  base: string
  port: number
  calls: string[]
  reports: ReportRequest[]
  onboards: OnboardRequest[]
  stop(): Promise<void>
}

/** The agent's half of a server, over real HTTP. Handlers throw ProblemErrors to refuse. */
export async function stubServer(
  t: Pick<Test, 'teardown'>,
  handlers: Handlers,
  more: { weather?: Weather; blobs?: Map<string, Buffer>; port?: number; date?: string } = {},
): Promise<StubServer> {
  const calls: string[] = []
  const reports: ReportRequest[] = []
  const onboards: OnboardRequest[] = []
  const counts = new Map<string, number>()
  const answer = (name: string, body: string, session: string): unknown => {
    const json: unknown = body === '' ? null : JSON.parse(body)
    if (name === 'onboard') {
      const parsed = OnboardRequest.parse(json)
      onboards.push(parsed)
      return handlers.onboard(parsed)
    }
    if (name === 'next') {
      NextRequest.parse(json)
      return handlers.next(session)
    }
    const parsed = ReportRequest.parse(json)
    reports.push(parsed)
    return handlers.report(parsed, session)
  }
  const server: Server = createServer((request, response) => {
    const name = request.url!.startsWith('/blobs/') ? 'blob' : request.url!.split('/').at(-1)!
    const nth = (counts.get(name) ?? 0) + 1
    counts.set(name, nth)
    calls.push(name)
    const weather = more.weather?.(name as 'next', nth) ?? 'fine'
    if (weather === 'hang up') return void request.socket.destroy()
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      let status = 200
      let body: string | Buffer
      if (more.date) response.setHeader('date', more.date)
      if (name === 'blob') {
        const blob = more.blobs?.get(request.url!.slice('/blobs/'.length))
        status = blob ? 200 : 404
        body = blob ?? ''
      } else
        try {
          const session = request.headers.authorization?.replace('Bearer ', '') ?? ''
          body = JSON.stringify(answer(name, Buffer.concat(parts).toString(), session))
        } catch (error) {
          const problem = toProblem(error instanceof ProblemError ? error : new ProblemError('internal', String(error)))
          status = problem.status
          body = JSON.stringify(problem)
        }
      if (weather === 'lose reply') return void request.socket.destroy()
      response.writeHead(status).end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(more.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  t.teardown(stop)
  return { base: `http://127.0.0.1:${port}`, port, calls, reports, onboards, stop }
}
