import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { hostname, release } from 'node:os'
import { join } from 'node:path'
import { PhoneHomeRequest } from '@eims/contracts'
import t from 'tap'
import type { PowerState } from '../src/profile-part.ts'
import {
  boot,
  type FakeOs,
  get,
  giveToken,
  HASH,
  installOs,
  put,
  recorded,
  script,
  stubServer,
  TOKEN,
} from './installed-os.ts'

/** as installOs has it */
const BOOT = '11111111-2222-3333-4444-555555555555'
const RUNNING = { status: 200, body: '{"state":"RUNNING"}' }
const DONE = JSON.stringify({ status: 'done', extended_status: 'done', errors: [], recoverable_errors: {} })

await t.test('python takes it for a program', async (t) => {
  const root = t.testdir()
  installOs(root, {})
  giveToken(root, [])
  execFileSync('python3', ['-m', 'py_compile', join(root, 'run/eims/first-boot.py')])
})

await t.test('with nobody to report to it judges itself, and erases its secrets all the same', async (t) => {
  const table: [json: string, verdict: string][] = [
    [DONE, 'RUNNING'],
    [JSON.stringify({ status: 'error', errors: ['no such package'] }), 'FAILED'],
  ]
  for (const [json, verdict] of table) {
    const root = t.testdir()
    installOs(root, { json })
    giveToken(root, [])
    const seed = 'var/lib/cloud/seed/nocloud/user-data'
    put(root, seed, `#cloud-config\npasswd: ${HASH}\n`)
    const { code, said } = await script(root, 'report')
    t.equal(said, `eims: this machine is ${verdict}\n`)
    t.equal(code, 0)
    t.match(recorded(root), { phase: 'reported' })
    t.notMatch(get(root, seed), HASH)
  }
})

await t.test('it posts the whole report with its token, all synced before, and then removes itself', async (t) => {
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
  for (const name of ['eims-first-boot', 'eims-phone-home']) put(root, `run/systemd/system/${name}.service`, '[Unit]\n')
  let before: string | null = null
  server.hooks.onReport = () => {
    before = get(root, 'log')
    t.match(recorded(root), { phase: 'completed', cloudInit: { status: 'done' } }, 'how it went is on the disk as well')
  }
  const { code, said } = await script(root, 'report')
  t.match(before, /^sync \nsync -f \/ /, 'everything is on the disk before the report is sent')
  t.equal(said, 'eims: the server took the report, this machine is RUNNING\n')
  t.equal(code, 0)
  const body = {
    instanceId: 'run-1',
    bootId: '11111111-2222-3333-4444-555555555555',
    osVersion: 'Debian GNU/Linux 12 (bookworm)',
    kernel: release(),
    hostname: hostname(),
    machineId: '0123456789abcdef0123456789abcdef',
    firstBoot: { cuts: 0, whole: true },
    cloudInit: { status: 'done', errors: [] },
    sshHostKeys: ['ecdsa-sha2-nistp256 BBBB root@pos-17', 'ssh-ed25519 AAAA root@pos-17'],
  }
  const authorization = 'Bearer one-purpose-token'
  t.strictSame(server.heard, [{ method: 'POST', path: '/agent/v1/phone-home', authorization, body }])
  t.ok(PhoneHomeRequest.safeParse(body).success)
  t.match(get(root, 'log'), /systemctl stop eims-first-boot.service\nsystemctl daemon-reload\n$/)
  for (const path of ['run/eims/first-boot.json', 'run/systemd/system/eims-phone-home.service'])
    t.equal(get(root, path), null, path)
  t.strictSame(recorded(root), { phase: 'reported', instanceId: 'run-1', cloudInit: { status: 'done', errors: [] } })
})

await t.test('FAILED is an accepted answer as well', async (t) => {
  const root = t.testdir()
  await using server = await stubServer({ status: 200, body: '{"state":"FAILED"}' })
  installOs(root, { json: DONE })
  giveToken(root, [server.url])
  const { code, said } = await script(root, 'report')
  t.equal(code, 0)
  t.match(said, 'this machine is FAILED')
  t.equal(get(root, 'run/eims/first-boot.json'), null)
})

await t.test('it tries every server in turn, and all of them again, until one accepts', async (t) => {
  const root = t.testdir()
  await using first = await stubServer({ status: 503, body: '{"detail":"the database does not answer"}' })
  await using second = await stubServer({ status: 200, body: '{"state":"what?"}' }, { status: 200, body: '[' }, RUNNING)
  installOs(root, { json: DONE })
  giveToken(root, ['http://127.0.0.1:9/nobody', first.url, second.url])
  const { code, said } = await script(root, 'report')
  t.equal(code, 0)
  t.equal(first.heard.length, 3)
  t.equal(second.heard.length, 3)
  t.match(said, 'HTTP Error 503: Service Unavailable {"detail":"the database does not answer"}')
})

await t.test('what could not be written to the disk is a fault', async (t) => {
  const root = t.testdir()
  await using server = await stubServer({ status: 200, body: '{"state":"FAILED"}' })
  installOs(root, { json: DONE })
  put(root, 'sync-fails', 'sync: error syncing /: Input/output error\n')
  giveToken(root, [server.url])
  await script(root, 'report')
  t.match(server.heard[0]?.body, {
    cloudInit: {
      status: 'error',
      errors: ['not everything could be written to the disk: sync: error syncing /: Input/output error'],
    },
  })
})

await t.test('what a command of ours could not do is in the report, also of a first boot that restarts', async (t) => {
  const root = t.testdir()
  await using server = await stubServer(RUNNING)
  installOs(root, { json: DONE })
  giveToken(root, [server.url])
  put(root, 'run/eims/faults', 'addons: no room\n')
  await script(root, 'report')
  t.match(server.heard[0]?.body, { cloudInit: { status: 'error', errors: ['addons: no room'] } })
  rmSync(join(root, 'var/lib/eims/first-boot.json'))
  installOs(root, { json: DONE })
  giveToken(root, [server.url])
  put(root, 'run/eims/faults', 'addons: no room\n')
  put(root, 'run/eims/commands-done', '')
  put(root, 'var/lib/eims/first-boot.json', JSON.stringify({ instanceId: 'run-1', phase: 'begun', boot: BOOT }))
  await script(root, 'stop')
  t.match(recorded(root), { phase: 'orderly', errors: ['addons: no room'] })
  rmSync(join(root, 'run/eims/faults'))
  await script(root, 'report')
  t.match(server.heard[1]?.body, { cloudInit: { status: 'error', errors: ['addons: no room'] } })
})

await t.test(
  'cut between the server’s answer and the erasing: erased at the next boot, and not reported again',
  async (t) => {
    const root = t.testdir()
    await using server = await stubServer(RUNNING)
    installOs(root, { json: DONE })
    put(root, 'dev/seed/meta-data', 'instance-id: run-1\n')
    put(root, 'dev/seed/user-data', TOKEN)
    put(root, 'var/lib/eims/first-boot.json', '{"instanceId":"run-1","phase":"accepted","cloudInit":{}}')
    await boot(root, 2, [server.url])
    await script(root, 'report')
    t.strictSame(server.heard, [])
    t.equal(get(root, 'dev/seed/user-data'), 'x'.repeat(TOKEN.length))
    t.match(recorded(root), { phase: 'reported' })
  },
)

await t.test('token and password hash are erased where they stand, and nothing else changes', async (t) => {
  const root = t.testdir()
  await using server = await stubServer(RUNNING)
  installOs(root, { json: DONE })
  const userData = `#cloud-config\nusers: [{hashed_passwd: ${HASH}}]\n# ${TOKEN}\nhostname: kept\n`
  const erased = userData.replace(HASH, 'x'.repeat(HASH.length)).replace(TOKEN, 'x'.repeat(TOKEN.length))
  put(root, 'dev/seed/meta-data', 'instance-id: run-1\n')
  put(root, 'dev/seed/user-data', userData)
  const instance = 'var/lib/cloud/instances/run-1'
  for (const name of ['user-data.txt', 'cloud-config.txt', 'obj.pkl']) put(root, `${instance}/${name}`, userData)
  put(root, `${instance}/user-data.txt.i`, Buffer.from(userData).toString('base64'))
  giveToken(root, [server.url])
  put(root, 'run/cloud-init/combined-cloud-config.json', userData)
  await script(root, 'report')
  t.equal(get(root, 'dev/seed/meta-data'), 'instance-id: run-1\n', 'cloud-init takes it for the same instance')
  const places = ['user-data.txt', 'cloud-config.txt', 'obj.pkl'].map((name) => `${instance}/${name}`)
  for (const path of ['dev/seed/user-data', 'run/cloud-init/combined-cloud-config.json', ...places])
    t.equal(get(root, path), erased, path)
  t.equal(get(root, `${instance}/user-data.txt.i`), null)
})

await t.test(
  'a seed of another installation is left alone, and one that cannot be mounted takes nothing back',
  async (t) => {
    const root = t.testdir()
    await using server = await stubServer(RUNNING)
    installOs(root, { json: DONE })
    put(root, 'dev/seed/meta-data', 'instance-id: run-0\n')
    put(root, 'dev/seed/user-data', TOKEN)
    giveToken(root, [server.url])
    t.equal((await script(root, 'report')).code, 0)
    t.equal(get(root, 'dev/seed/user-data'), TOKEN)
    put(root, 'bin/mount', '#!/bin/sh\nexit 32\n', 0o755)
    put(root, 'var/lib/eims/first-boot.json', '{}')
    giveToken(root, [server.url])
    t.equal((await script(root, 'report')).code, 0)
    t.match(recorded(root), { phase: 'reported' })
  },
)

await t.test('power_state is done once the report is in, if its condition holds', async (t) => {
  const table: [PowerState, string | null][] = [
    [{ mode: 'reboot' }, 'shutdown -r now\n'],
    [{ mode: 'poweroff', delay: 5, message: 'bye', condition: true }, 'shutdown -P +5 bye\n'],
    [{ mode: 'halt', delay: '+2', condition: ['test', '-e', '/'] }, 'shutdown -H +2\n'],
    [{ mode: 'reboot', condition: 'test -e /nowhere/at/all' }, null],
    [{ mode: 'reboot', condition: false }, null],
  ]
  for (const [powerState, done] of table) {
    const root = t.testdir()
    await using server = await stubServer(RUNNING)
    installOs(root, { json: DONE })
    giveToken(root, [server.url], powerState)
    server.hooks.onReport = () => t.notMatch(get(root, 'log'), /shutdown/)
    await script(root, 'report')
    const log = get(root, 'log') ?? ''
    t.equal(/^shutdown.*\n/m.exec(log)?.[0] ?? null, done, JSON.stringify(powerState))
  }
})

const report = async (t: { testdir: () => string }, os: FakeOs) => {
  const root = t.testdir()
  await using server = await stubServer(RUNNING)
  installOs(root, os)
  giveToken(root, [server.url])
  await script(root, 'report')
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

await t.test('how an installer ended is in the report, and one that failed makes it a bad one', async (t) => {
  const result = (of: object) => JSON.stringify({ instanceId: 'run-1', status: 0, lastLines: 'all is in\n', ...of })
  const table: [string, Record<string, string>, object][] = [
    [
      'it ended well',
      { result: result({}) },
      { status: 'done', errors: [], installer: { status: 0, lastLines: 'all is in\n' } },
    ],
    [
      'it failed',
      { result: result({ status: 3, lastLines: 'no such package' }) },
      {
        status: 'error',
        errors: ['operatingSystem.installer ended with exit status 3: no such package'],
        installer: { status: 3, lastLines: 'no such package' },
      },
    ],
    [
      'it had much to say, in characters that count as two',
      { result: result({ status: 1, lastLines: `${'x'.repeat(300)}${'🛑'.repeat(1699)}!` }) },
      {
        status: 'error',
        errors: [/^operatingSystem\.installer ended with exit status 1: 🛑+!$/u],
        installer: { lastLines: /^x{300}🛑+!$/u },
      },
    ],
    [
      'it was cut in this boot',
      { begun: '', result: result({ instanceId: 'run-0' }) },
      { status: 'error', errors: [/exit status 255: it did not end/], installer: { status: 255 } },
    ],
    [
      'it was another instance’s',
      { result: result({ instanceId: 'run-0', status: 3 }) },
      { status: 'done', installer: undefined },
    ],
    ['the file is empty', { result: '' }, { status: 'done', installer: undefined }],
  ]
  for (const [name, files, wanted] of table)
    await t.test(name, async (t) => {
      const root = t.testdir()
      await using server = await stubServer(RUNNING)
      installOs(root, { json: DONE })
      giveToken(root, [server.url])
      if (files.result !== undefined) put(root, 'var/lib/eims/installer/result.json', files.result)
      if (files.begun !== undefined) put(root, 'run/eims-installer', '')
      await script(root, 'report')
      const { cloudInit, installer } = PhoneHomeRequest.parse(server.heard[0]?.body)
      t.match({ ...cloudInit, installer }, wanted)
    })
})
