import { mkdirSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { PhoneHomeRequest } from '@eims/contracts'
import t from 'tap'
import { boot, get, installOs, put, recorded, script, stubServer } from './installed-os.ts'

// One promise: a first boot that was cut is done afresh or reported as cut, and never passes for a whole one.

const RUNNING = { status: 200, body: '{"state":"RUNNING"}' }
const DONE = JSON.stringify({ status: 'done', extended_status: 'done', errors: [], recoverable_errors: {} })
const started = 'systemctl daemon-reload\nsystemctl start --no-block eims-first-boot.service eims-phone-home.service\n'
const restarted = /^clean\nsync .*\nsync -f .*\nsystemctl --job-mode=replace-irreversibly start reboot.target\n$/

async function told(root: string, server: Awaited<ReturnType<typeof stubServer>>) {
  await script(root, 'report')
  const { firstBoot, cloudInit } = PhoneHomeRequest.parse(server.heard.at(-1)?.body)
  return { ...firstBoot, ...cloudInit }
}

await t.test('a first boot begins with a note of itself on the disk, and starts the units from /run', async (t) => {
  const root = t.testdir()
  installOs(root, { json: DONE })
  t.equal((await boot(root, 1)).code, 0)
  t.match(recorded(root), { instanceId: 'run-1', phase: 'begun', boot: /^11111111-/ })
  t.equal(get(root, 'log'), started)
  const phoneHome = get(root, 'run/systemd/system/eims-phone-home.service')
  t.match(phoneHome, /^After=cloud-final.service$/m)
  t.notMatch(phoneHome, /network-online|WantedBy|Before=/, 'nothing waits for it, and it waits for no network')
  t.match(
    get(root, 'run/systemd/system/eims-first-boot.service'),
    /^Before=shutdown.target cloud-config.service cloud-final/m,
  )
})

await t.test('power is cut: cloud-init is cleaned, the machine rebooted, and all done afresh', async (t) => {
  const root = t.testdir()
  await using server = await stubServer(RUNNING)
  installOs(root, { json: DONE })
  await boot(root, 1)
  put(root, 'var/lib/cloud/instance/sem/config_runcmd', '')
  await boot(root, 2)
  t.match(get(root, 'log'), restarted, 'and no unit is started in the boot that noticed it')
  t.equal(get(root, 'var/lib/cloud/instance/sem/config_runcmd'), null)
  t.match(recorded(root), { phase: 'again', cuts: 1 })
  await boot(root, 3, [server.url])
  t.equal(get(root, 'log'), started)
  t.strictSame(await told(root, server), { cuts: 1, whole: true, status: 'done', errors: [] })
})

await t.test('cut again and again, it goes on and says so; it never says that all is well', async (t) => {
  const root = t.testdir()
  await using server = await stubServer(RUNNING)
  installOs(root, { json: DONE })
  for (const number of [1, 2, 3, 4]) await boot(root, number)
  t.match(recorded(root), { phase: 'again', cuts: 2 })
  await boot(root, 5)
  await boot(root, 6, [server.url])
  t.equal(get(root, 'log'), started)
  t.strictSame(await told(root, server), { cuts: 3, whole: false, status: 'done', errors: [] })
})

await t.test('cut while cloud-init is cleaned: cleaned again', async (t) => {
  const root = t.testdir()
  installOs(root, { json: DONE })
  await boot(root, 1)
  put(root, 'bin/sync', '#!/bin/sh\nkill -9 $PPID\n', 0o755)
  await boot(root, 2)
  installOs(root, { json: DONE })
  await boot(root, 3)
  t.match(get(root, 'log'), restarted)
  t.match(recorded(root), { phase: 'again', cuts: 2 })
})

await t.test('an image whose cloud-init cannot be cleaned: the report says that the first boot was cut', async (t) => {
  const root = t.testdir()
  await using server = await stubServer(RUNNING)
  installOs(root, { json: DONE })
  await boot(root, 1)
  put(root, 'bin/cloud-init', '#!/bin/sh\nexit 1\n', 0o755)
  await boot(root, 2, [server.url])
  t.match(await told(root, server), { cuts: 1, whole: false })
})

await t.test('cut before bootcmd: told by a folder of the instance that is older than this boot', async (t) => {
  const root = t.testdir()
  installOs(root, { json: DONE })
  for (const [age, phase] of [
    [60, 'again'],
    [-1, 'begun'],
  ] as const) {
    rmSync(join(root, 'var/lib/eims'), { recursive: true, force: true })
    const handlers = join(root, 'var/lib/cloud/instance/handlers')
    mkdirSync(handlers, { recursive: true })
    // as bootcmd finds it: /run is new, and ds-identify was there before anything else of cloud-init
    await boot(root, 1)
    put(root, 'run/cloud-init/.ds-identify.result', '0\n')
    const now = Date.now() / 1000
    utimesSync(handlers, now - age, now - age)
    rmSync(join(root, 'var/lib/eims'), { recursive: true })
    await script(root, 'begin')
    t.match(recorded(root), { phase }, `a folder ${age} s older`)
  }
})

await t.test('an honest reboot is none: after all commands, and after an upgrade of packages', async (t) => {
  const log = 'var/log/cloud-init.log'
  const rebooting = 'WARNING: Rebooting after upgrade or install per /var/run/reboot-required\n'
  const table: [string, (root: string) => void, 'orderly' | 'begun'][] = [
    ['reboot in runcmd', (root) => put(root, 'run/eims/commands-done', ''), 'orderly'],
    ['after cloud-init', (root) => put(root, 'run/cloud-init/result.json', '{}'), 'orderly'],
    ['a kernel upgrade', (root) => put(root, log, `${get(root, log)}${rebooting}`), 'orderly'],
    ['the power button, with half of it done', () => {}, 'begun'],
  ]
  for (const [name, what, phase] of table)
    await t.test(name, async (t) => {
      const root = t.testdir()
      await using server = await stubServer(RUNNING)
      installOs(root, { json: DONE })
      put(root, log, rebooting)
      await boot(root, 1)
      what(root)
      put(root, 'run/cloud-init/status.json', '{"v1":{"datasource":"x","init":{"errors":["(ssh, no key)"]}}}')
      await script(root, 'stop')
      t.match(recorded(root), { phase })
      await boot(root, 2, [server.url])
      if (phase === 'begun') return t.match(get(root, 'log'), restarted)
      t.equal(get(root, 'log'), started)
      const errors = ['(ssh, no key)']
      t.strictSame(
        await told(root, server),
        { cuts: 0, whole: true, status: 'error', errors },
        'what went wrong before it',
      )
    })
})

await t.test('a first boot that failed and could not be reported is not well at the next boot', async (t) => {
  const root = t.testdir()
  await using server = await stubServer(RUNNING)
  installOs(root, { json: '{"status":"error","errors":["x"]}' })
  await boot(root, 1, ['http://127.0.0.1:9/nobody'])
  put(
    root,
    'run/eims/first-boot.py',
    (get(root, 'run/eims/first-boot.py') ?? '').replace('SECONDS = 3600', 'SECONDS = 0'),
  )
  t.equal((await script(root, 'report')).code, 1)
  installOs(root, { json: DONE })
  await boot(root, 2, [server.url])
  t.strictSame(await told(root, server), { cuts: 0, whole: true, status: 'error', errors: ['x'] })
})

await t.test('once reported, later boots leave no trace; an image made of that machine begins anew', async (t) => {
  const root = t.testdir()
  await using server = await stubServer(RUNNING)
  installOs(root, { json: DONE })
  await boot(root, 1, [server.url])
  await script(root, 'report')
  await boot(root, 2)
  t.equal(get(root, 'log'), null)
  t.equal(get(root, 'run/eims/first-boot.json'), null)
  put(root, 'var/lib/eims/first-boot.json', JSON.stringify({ ...recorded(root), instanceId: 'run-0' }))
  await boot(root, 3)
  t.equal(get(root, 'log'), started)
  t.match(recorded(root), { phase: 'begun', instanceId: 'run-1' })
})
