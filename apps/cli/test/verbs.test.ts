import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ProblemError, type PublicProfile, toProblem } from '@eims/contracts'
import t, { type Test } from 'tap'
import { find } from '../src/verbs.ts'

const profile: PublicProfile = {
  id: '01',
  name: 'standard',
  image: 'debian-12',
  architecture: 'x86_64',
  finish: 'reboot',
  overwrite: true,
  account: { userName: 'edge', sshKeys: [] },
  description: '',
  type: 'mutable',
  securityFeature: 'none',
  version: '',
  metadata: {},
  source: null,
  workflow: null,
  bootOrder: null,
  growRoot: true,
  addons: [],
  standalone: false,
  onboarding: 'never',
  kernelArgs: '',
  phoneHomeTimeout: 1800,
  isDefault: false,
  createdAt: '2026-11-20T10:00:00.000Z',
  updatedAt: '2026-11-20T10:00:00.000Z',
}
const refused = toProblem(new ProblemError('forbidden', 'the key may not do that'))

/** A server that notes what is asked, and a CLI that talks to it. */
async function bench(t: Test, answer: (request: string) => { status: number; body: unknown }) {
  const asked: [string, unknown][] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const line = `${request.method} ${request.url}`
    asked.push([line, text ? JSON.parse(text) : null])
    const { status, body } = answer(line)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const env = { EIMS_SERVER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, EIMS_KEY: 'key' }
  const eims = async (...argv: string[]) => {
    const { verb, rest } = find(argv)!
    const printed = t.capture(process.stdout, 'write', () => true)
    await verb.run(rest, env).finally(() => printed.restore())
    return printed()
      .map((call) => String(call.args[0]))
      .join('')
  }
  return { asked, eims }
}

await t.test('profiles set sends the whole profile back with the one change, and no empty password', async (t) => {
  const { asked, eims } = await bench(t, () => ({ status: 200, body: profile }))
  await eims('profiles', 'set', 'standard', '--image', 'debian-13')
  const { id: _id, isDefault: _isDefault, createdAt: _createdAt, updatedAt: _updatedAt, ...body } = profile
  t.strictSame(asked, [
    ['GET /api/v1/profiles/standard', null],
    ['PUT /api/v1/profiles/standard', { ...body, image: 'debian-13' }],
    ['GET /api/v1/images/debian-12', null],
  ])
  await t.rejects(eims('profiles', 'set', 'standard'), { message: /^nothing to change/, exitCode: 2 })
  t.match(await eims('profiles', 'show', 'standard'), /^account +edge$/m)
})

await t.test('a profile that was stored but not made the default is said to be there', async (t) => {
  const { eims } = await bench(t, (line) =>
    line.startsWith('PATCH') ? { status: 403, body: refused } : { status: 201, body: profile },
  )
  await t.rejects(eims('profiles', 'add', 'standard', '--image', 'debian-12', '--default'), {
    message:
      'profile standard is stored, but it could not be made the site’s default: the key may not do that; do so with: ./eims site set --default-profile standard',
  })
})

await t.test('nodes set and nodes retry send what is given', async (t) => {
  const { asked, eims } = await bench(t, () => ({ status: 403, body: refused }))
  for (const argv of [
    ['set', 'unit-1', '--name', 'unit-2'],
    ['set', 'unit-1', '--profile', ''],
    ['set', 'unit-1', '--profile', 'standard'],
    ['retry', 'unit-1'],
    ['retry', 'unit-1', '--from', 'start'],
    ['retry', 'unit-1', '--from', 'write-image'],
    ['pause', 'unit-1'],
    ['resume', 'unit-1'],
  ])
    await t.rejects(eims('nodes', ...argv), { message: 'the key may not do that' })
  t.strictSame(asked, [
    ['PATCH /api/v1/nodes/unit-1', { name: 'unit-2' }],
    ['PATCH /api/v1/nodes/unit-1', { profile: null }],
    ['PATCH /api/v1/nodes/unit-1', { profile: 'standard' }],
    ['POST /api/v1/nodes/unit-1/retry', {}],
    ['POST /api/v1/nodes/unit-1/retry', { from: 'start' }],
    ['POST /api/v1/nodes/unit-1/retry', { from: { action: 'write-image' } }],
    ['POST /api/v1/nodes/unit-1/pause', null],
    ['POST /api/v1/nodes/unit-1/resume', null],
  ])
  await t.rejects(eims('nodes', 'set', 'unit-1'), { message: /^nothing to change/, exitCode: 2 })
})
