import { request } from 'node:http'
import { Problem, problems } from '@eims/contracts'
import type { Test } from 'tap'
import { rowCounts, type Site } from './site.ts'

/** A request that must be refused. */
export interface Bad {
  /** method and path; what begins with /api goes to the administrator's listener, with the admin key */
  to: string
  body?: unknown
  /** instead of a JSON body */
  raw?: { type: string; text: string }
  token?: string
  code: keyof typeof problems
  /** the field that must be named */
  field?: string
  says?: RegExp
}

/** Sends it as it is: fetch would tidy the path. */
function send(site: Site, { to, body, raw, token }: Bad): Promise<{ status: number; type: string; text: string }> {
  const [method, path] = to.split(' ') as [string, string]
  const isApi = path.startsWith('/api')
  const { hostname, port } = new URL(isApi ? site.admin : site.open)
  const payload = raw?.text ?? (body === undefined ? undefined : JSON.stringify(body))
  const key = isApi ? site.keys.admin : token
  return new Promise((resolve, reject) => {
    const asked = request({
      hostname,
      port,
      method,
      path,
      headers: {
        ...(payload === undefined ? {} : { 'content-type': raw?.type ?? 'application/json' }),
        ...(key ? { authorization: `Bearer ${key}` } : {}),
      },
    })
    asked.on('error', reject).on('response', async (response) => {
      const { statusCode = 0, headers } = response
      let text = ''
      for await (const part of response.setEncoding('utf8')) text += part
      resolve({ status: statusCode, type: headers['content-type'] ?? '', text })
    })
    asked.end(payload)
  })
}

/** Each is answered with a problem that helps, and changes nothing. */
export async function refusesAll(t: Test, site: Site, all: Bad[]): Promise<void> {
  const before = await rowCounts(site)
  for (const bad of all) {
    const what = `${bad.to} ${bad.raw?.text.slice(0, 30) ?? JSON.stringify(bad.body)?.slice(0, 80) ?? ''}`
    const { status, type, text } = await send(site, bad)
    t.match(type, /^application\/problem\+json/, what)
    const problem = Problem.parse(JSON.parse(text))
    t.match(problem, { code: bad.code, status, title: problems[bad.code].title }, what)
    t.equal(status, problems[bad.code].status, what)
    if (bad.field)
      t.ok(
        problem.fields?.some(({ path }) => path === bad.field),
        `${what}: ${bad.field} in ${text}`,
      )
    t.match(problem.detail, bad.says ?? /\w+ \w+/, what)
  }
  t.strictSame(await rowCounts(site), before, 'the database is as it was')
}
