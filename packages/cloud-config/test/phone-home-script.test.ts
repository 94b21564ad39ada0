import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hostname, release } from 'node:os'
import { join } from 'node:path'
import { PhoneHomeRequest } from '@eims/contracts'
import t from 'tap'
import { type FakeOs, giveToken, installOs, isThere, phoneHome, stubServer } from './installed-os.ts'

const RUNNING = { status: 200, body: '{"state":"RUNNING"}' }
const DONE = JSON.stringify({ status: 'done', extended_status: 'done', errors: [], recoverable_errors: {} })

await t.test('python takes it for a program', async (t) => {
  const root = t.testdir()
  installOs(root, {})
  execFileSync('python3', ['-m', 'py_compile', join(root, 'var/lib/eims/phone-home.py')])
})

await t.test('it posts the whole report with its token and then removes itself', async (t) => {
  const root = t.testdir()
  await using server = await stubServer(RUNNING)
  installOs(root, {
    json: DONE,
    keys: {
      'ssh_host_ed25519_key.pub': 'ssh-ed25519 AAAA root@pos-17\n',
      'ssh_host_ecdsa_key.pub': 'ecdsa-sha2-nistp256 BBBB root@pos-17\n',
      ssh_host_ed25519_key: 'private\n',
    },
  })
  giveToken(root, [server.url])
  const { code, said } = await phoneHome(root)
  t.equal(said, 'eims: the server took the report, this machine is RUNNING\n')
  t.equal(code, 0)
  const body = {
    instanceId: 'run-1',
    bootId: '11111111-2222-3333-4444-555555555555',
    osVersion: 'Debian GNU/Linux 12 (bookworm)',
    kernel: release(),
    hostname: hostname(),
    machineId: '0123456789abcdef0123456789abcdef',
    cloudInit: { status: 'done', errors: [] },
    sshHostKeys: ['ecdsa-sha2-nistp256 BBBB root@pos-17', 'ssh-ed25519 AAAA root@pos-17'],
  }
  const authorization = 'Bearer one-purpose-token'
  t.strictSame(server.heard, [{ method: 'POST', path: '/agent/v1/phone-home', authorization, body }])
  t.ok(PhoneHomeRequest.safeParse(body).success)
  t.equal(readFileSync(join(root, 'systemctl.log'), 'utf8'), 'disable eims-phone-home.service\n')
  for (const path of ['var/lib/eims', 'etc/systemd/system/eims-phone-home.service']) t.notOk(isThere(root, path), path)
})

await t.test('FAILED is an accepted answer as well', async (t) => {
  const root = t.testdir()
  await using server = await stubServer({ status: 200, body: '{"state":"FAILED"}' })
  installOs(root, { json: DONE })
  giveToken(root, [server.url])
  const { code, said } = await phoneHome(root)
  t.equal(code, 0)
  t.match(said, 'this machine is FAILED')
  t.notOk(isThere(root, 'var/lib/eims'))
})

await t.test('it tries every server in turn, and all of them again, until one accepts', async (t) => {
  const root = t.testdir()
  await using first = await stubServer({ status: 503, body: '{"detail":"the database does not answer"}' })
  await using second = await stubServer({ status: 200, body: '{"state":"what?"}' }, { status: 200, body: '[' }, RUNNING)
  installOs(root, { json: DONE })
  giveToken(root, ['http://127.0.0.1:9/nobody', first.url, second.url])
  const { code, said } = await phoneHome(root)
  t.equal(code, 0)
  t.equal(first.heard.length, 3)
  t.equal(second.heard.length, 3)
  t.match(said, 'HTTP Error 503: Service Unavailable {"detail":"the database does not answer"}')
})

const report = async (t: { testdir: () => string }, os: FakeOs) => {
  const root = t.testdir()
  await using server = await stubServer(RUNNING)
  installOs(root, os)
  giveToken(root, [server.url])
  await phoneHome(root)
  return PhoneHomeRequest.parse(server.heard[0]?.body).cloudInit
}
const newer = (fields: object) =>
  JSON.stringify({ status: 'done', extended_status: 'degraded done', errors: [], ...fields })

await t.test('what cloud-init says is told in the contract’s words', async (t) => {
  const table: [string, FakeOs, { status: string; errors: string[] }][] = [
    ['done', { json: DONE }, { status: 'done', errors: [] }],
    [
      'an error',
      { json: '{"status":"error","errors":["(\'scripts_user\', RuntimeError())"]}' },
      { status: 'error', errors: ["('scripts_user', RuntimeError())"] },
    ],
    [
      'errors in result.json, said once',
      { json: '{"status":"error","errors":["x"]}', result: '{"v1":{"errors":["x","y"]}}' },
      { status: 'error', errors: ['x', 'y'] },
    ],
    [
      'a done that result.json contradicts',
      { json: DONE, result: '{"v1":{"errors":["y"]}}' },
      { status: 'error', errors: ['y'] },
    ],
    ['a broken result.json', { json: DONE, result: '{' }, { status: 'done', errors: [] }],
    [
      'warnings of a newer version',
      { json: newer({ recoverable_errors: { WARNING: ['w'], DEPRECATED: ['d'] } }) },
      { status: 'degraded', errors: ['WARNING: w'] },
    ],
    [
      'a deprecated key is no fault',
      { json: newer({ recoverable_errors: { DEPRECATED: ['d'] } }) },
      { status: 'done', errors: [] },
    ],
    [
      'an old version',
      { long: '....\nstatus: done\ntime: x\ndetail:\nDataSourceNoCloud [seed=/dev/vda]' },
      { status: 'done', errors: [] },
    ],
    [
      'an old version with an error',
      { long: 'status: error\ntime: x\ndetail:\n(runcmd, failed)\nand more' },
      { status: 'error', errors: ['(runcmd, failed) and more'] },
    ],
    ['no cloud-init', {}, { status: 'unknown', errors: [] }],
    ['switched off', { json: '{"status":"disabled"}' }, { status: 'disabled', errors: [] }],
  ]
  for (const [name, os, told] of table) await t.test(name, async (t) => t.strictSame(await report(t, os), told))
})

await t.test('a machine that has too much to say is cut to what the contract takes', async (t) => {
  const errors = Array.from({ length: 100 }, (_, at) => `${at} ${'x'.repeat(5000)}`)
  const told = await report(t, { json: JSON.stringify({ status: 'error', errors }) })
  t.equal(told.errors.length, 64)
  t.ok(told.errors.every((error) => error.length === 2048))
})
