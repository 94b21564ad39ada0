import { execFileSync, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { UnitFile } from '@eims/contracts'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { cloudInitDocuments } from '../src/documents.ts'
import { get, HASH, installOs, placeScript, put, recorded, script, stubServer, TOKEN } from './installed-os.ts'

// One promise: once its report was accepted, a standalone unit has nothing of ours left, wherever its power is cut meanwhile,
// and is the same instance of cloud-init.

const DONE = JSON.stringify({ status: 'done', extended_status: 'done', errors: [], recoverable_errors: {} })
const URL_OF_SERVER = 'http://192.0.2.1:7480/agent/v1/phone-home'
const INSTANCE = 'var/lib/cloud/instances/run-1'
const UNIT: UnitFile = {
  format: 1,
  name: 'pos-17',
  serial: 'SN-17',
  uuid: null,
  macs: ['52:54:00:00:00:17'],
  profile: 'edge',
  image: { name: 'debian', manifestSha256: 'ab'.repeat(32) },
  installedAt: '2026-07-01T10:00:00.000Z',
  instanceId: 'run-1',
}

const documentsOf = (unit: UnitFile | null, url = URL_OF_SERVER, cloudConfig = '#cloud-config\n') =>
  cloudInitDocuments({
    node: { name: 'pos-17', nics: [] },
    instanceId: 'run-1',
    profile: { account: { userName: 'edge', sshKeys: [], passwordHash: HASH }, cloudConfig },
    site: { httpProxy: null, noProxy: null, ntpServers: [] },
    phoneHome: { urls: [url], token: TOKEN, caPem: '-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n' },
    standalone: { unit },
  })

/** A unit in its first boot, up to the server's answer, with what cloud-init and others made of the seed until then. */
function inFirstBoot(root: string, unit: UnitFile | null, url = URL_OF_SERVER): void {
  installOs(root, { json: DONE })
  const { metaData, userData } = documentsOf(unit, url)
  put(root, 'dev/seed/meta-data', metaData)
  put(root, 'dev/seed/user-data', userData)
  put(root, `${INSTANCE}/sem/config_ssh`, '')
  put(root, 'var/lib/cloud/data/instance-id', 'run-1\n')
  put(root, 'var/lib/eims/installer/result.json', '{}')
  put(root, 'etc/systemd/system/eims-installer.service', '[Unit]\n')
  put(root, 'dev/addons', 'K3S-ADDONS /run/eims/addons')
  put(root, 'var/log/journal/system.journal', `eims: ${url}: HTTP Error 503\n`)
  put(root, 'var/log/cloud-init-output.log', `eims: ${url}: HTTP Error 503\nand a line of theirs\n`)
  bootOf(root)
}

/** /run is new, and cloud-init reads the seed. Whose script is to run then, if any. */
function bootOf(root: string): 'ours' | 'finish' | null {
  rmSync(join(root, 'run'), { recursive: true, force: true })
  const text = get(root, 'dev/seed/user-data') ?? ''
  put(root, `${INSTANCE}/user-data.txt`, text)
  for (const name of ['cloud-config.txt', 'obj.pkl', 'scripts/runcmd'])
    put(root, `${INSTANCE}/${name}`, text.slice(-200))
  put(root, 'run/cloud-init/combined-cloud-config.json', text.slice(-200))
  if (text.startsWith('MIME-Version:')) return 'finish'
  const { bootcmd } = (parse(text, { version: '1.1' }) ?? {}) as { bootcmd?: string[] }
  if (!bootcmd) return null
  // one that goes back to reporting is to fail at once
  placeScript(root, (bootcmd[0] ?? '').replace('SECONDS = 3600', 'SECONDS = 0'))
  return 'ours'
}

/** The rest of a boot that nothing cuts. */
async function finishBoot(root: string, of: ReturnType<typeof bootOf>): Promise<void> {
  if (of === 'ours') for (const moment of ['begin', 'report']) await python(root, moment)
  if (of !== 'finish') return
  const command = (parse((get(root, 'dev/seed/user-data') ?? '').split('--x')[1] ?? '') as { bootcmd: string[] })
    .bootcmd
  const there = (command[0] ?? '').replaceAll('/run/seed', join(root, 'run/seed'))
  put(root, 'bin/mount', `#!/bin/sh\n[ "$1" = UUID=ABCD-1234 ] && rmdir "$2" && ln -s '${root}/dev/seed' "$2"\n`, 0o755)
  put(root, 'bin/umount', '#!/bin/sh\nrm "$1"\n', 0o755)
  mkdirSync(join(root, 'run'), { recursive: true })
  execFileSync('sh', ['-c', there], { env: { PATH: `${join(root, 'bin')}:${process.env.PATH}` } })
}

const machines = spawn('python3', ['-B', join(import.meta.dirname, 'power-cut.py')], {
  stdio: ['pipe', 'pipe', 'inherit'],
})
t.teardown(() => machines.stdin.end())
const answers = createInterface({ input: machines.stdout })[Symbol.asyncIterator]()

/** Runs the script where its power may go. Whether it went. */
async function python(root: string, moment: string, { cut = 0, lost = false } = {}): Promise<boolean> {
  machines.stdin.write(`${JSON.stringify({ root, moment, cut, lost })}\n`)
  const { code, said } = JSON.parse((await answers.next()).value ?? '{}') as { code: number; said: string }
  if (code !== 0 && code !== 137) throw new Error(`the script ended with ${code}: ${said}`)
  return code === 137
}

/** Files whose name or text has one of our words, the tools of this test aside. */
function ofOurs(
  root: string,
  words = [TOKEN, HASH, URL_OF_SERVER, '192.0.2.1:7480', 'eims', 'BEGIN CERTIFICATE'],
): string[] {
  const names = readdirSync(root, { recursive: true }) as string[]
  return names.filter((name) => {
    if (/^(bin|python|log)(\/|$)/.test(name)) return false
    const text = statSync(join(root, name)).isFile() ? readFileSync(join(root, name), 'latin1') : ''
    return words.some((word) => name.includes(word) || text.includes(word))
  })
}

function proveSame(t: Test, root: string, when: string): void {
  t.equal(
    get(root, 'dev/seed/meta-data'),
    'instance-id: run-1\nlocal-hostname: pos-17\n',
    `${when}: the seed names the instance`,
  )
  t.equal(get(root, 'var/lib/cloud/data/instance-id'), 'run-1\n', `${when}: it was this one before`)
  t.equal(get(root, `${INSTANCE}/sem/config_ssh`), '', `${when}: what is done once is done`)
}

await t.test('a good report: all of ours goes, and what makes it the same instance stays', async (t) => {
  const root = t.testdir()
  await using server = await stubServer({ status: 200, body: '{"state":"RUNNING"}' })
  inFirstBoot(root, null, server.url)
  put(root, 'bin/journalctl', `#!/bin/sh\n[ "$1" = --rotate ] || rm '${root}/var/log/journal/system.journal'\n`, 0o755)
  await script(root, 'begin')
  t.match(
    get(root, 'log'),
    /start --no-block site-first-boot.service site-phone-home.service\n$/,
    'units without our name',
  )
  t.equal((await script(root, 'report')).code, 0)
  t.equal(server.heard.length, 1)
  t.strictSame(ofOurs(root, [TOKEN, HASH, server.url, new URL(server.url).host, 'eims', 'BEGIN CERTIFICATE']), [])
  t.equal(get(root, 'dev/seed/user-data'), '#cloud-config\n')
  t.match(get(root, 'var/log/cloud-init-output.log'), /^x{4}: x+: HTTP Error 503\nand a line of theirs\n$/)
  proveSame(t, root, 'after it')
  t.equal(bootOf(root), null, 'nothing of ours runs at the next boot')
})

await t.test('a bad report, and a unit that is not standalone, keep what they kept', async (t) => {
  for (const [state, standalone] of [
    ['FAILED', true],
    ['RUNNING', false],
  ] as const) {
    const root = t.testdir()
    await using server = await stubServer({ status: 200, body: JSON.stringify({ state }) })
    inFirstBoot(root, null, server.url)
    const settings = get(root, 'run/eims/first-boot.json') ?? ''
    if (!standalone)
      put(root, 'run/eims/first-boot.json', settings.replace('"standalone": true', '"standalone": false'))
    await script(root, 'begin')
    await script(root, 'report')
    t.match(recorded(root), { phase: 'reported' })
    t.match(get(root, 'dev/seed/user-data'), /first-boot.py/)
    t.notMatch(get(root, 'dev/seed/user-data'), TOKEN)
    t.equal(bootOf(root), 'ours')
    await script(root, 'begin')
    t.match(recorded(root), { phase: 'reported' }, 'and nothing is done at the next boot')
    t.equal(existsSync(join(root, 'run/eims')), false)
  }
})

await t.test('onboarding later: one file stays, and everybody may read it', async (t) => {
  const root = t.testdir()
  inFirstBoot(root, UNIT)
  put(root, 'var/lib/eims/first-boot.json', '{"instanceId":"run-1","phase":"leaving"}')
  await python(root, 'report')
  t.strictSame(ofOurs(root), ['var/lib/eims', 'var/lib/eims/unit.json'])
  t.strictSame(JSON.parse(get(root, 'var/lib/eims/unit.json') ?? ''), UNIT)
  t.equal(statSync(join(root, 'var/lib/eims')).mode & 0o7777, 0o755)
})

await t.test(
  'the partition of addons beside the seed is emptied, one of that name on another disk is not',
  async (t) => {
    const root = t.testdir()
    inFirstBoot(root, null)
    put(root, 'var/lib/eims/first-boot.json', '{"instanceId":"run-1","phase":"leaving"}')
    put(root, 'dev/others', 'K3S-ADDONS of another unit')
    for (const [name, disk] of Object.entries({ seed: 'sda', addons: 'sda', others: 'sdb' })) {
      put(root, `sys/devices/${disk}/${name}/partition`, '')
      mkdirSync(join(root, 'sys/class/block'), { recursive: true })
      symlinkSync(`../../devices/${disk}/${name}`, join(root, 'sys/class/block', name))
    }
    t.equal((await script(root, 'report')).code, 0)
    t.match(get(root, 'dev/addons'), /^\0+$/)
    t.equal(get(root, 'dev/others'), 'K3S-ADDONS of another unit')
    t.match(get(root, 'log'), `blkdiscard ${root}/dev/addons\n`)
  },
)

await t.test('a seed that cannot be written: nothing else is touched, and the next boot tries again', async (t) => {
  const root = t.testdir()
  await using server = await stubServer({ status: 200, body: '{"state":"RUNNING"}' })
  inFirstBoot(root, null, server.url)
  put(root, 'bin/mount', '#!/bin/sh\nexit 32\n', 0o755)
  await script(root, 'begin')
  const { code, said } = await script(root, 'report')
  t.equal(code, 0)
  t.match(said, 'secrets may be left: its seed is not found')
  t.match(recorded(root), { phase: 'leaving' })
  await finishBoot(root, bootOf(root))
  t.strictSame(ofOurs(root, [TOKEN, 'eims']), [])
})

await t.test('its user-data is ASCII, whatever a profile says, and cloud-init reads the same', async (t) => {
  const said = '#cloud-config\nruncmd: ["echo Grüße 😀 \\"x\\""]\nbootcmd: [date]\ngrowpart: {mode: "off"}\n'
  const { userData, vendorData } = documentsOf(null, URL_OF_SERVER, said)
  t.match(userData, /^[\t\n\x20-\x7e]*$/)
  const { runcmd } = parse(userData, { version: '1.1' }) as { runcmd: unknown[] }
  t.equal(runcmd[0], 'echo Grüße 😀 "x"')
  t.strictSame(
    parse(vendorData),
    { bootcmd: ['date'], growpart: { mode: 'off' } },
    'what counts at each boot stays when user-data is empty',
  )
  t.equal(documentsOf(null).vendorData, '')
})

await t.test('power is cut anywhere: the next boots end clean, and are the same instance', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'eims-standalone-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const root = join(folder, 'cut')
  for (const unit of [null, UNIT]) {
    const template = join(folder, unit ? 'later' : 'never')
    inFirstBoot(template, unit)
    put(template, 'var/lib/eims/first-boot.json', '{"instanceId":"run-1","phase":"leaving"}')
    const kept = unit ? ['var/lib/eims', 'var/lib/eims/unit.json'] : []
    const seen = { ours: 0, finish: 0, clean: 0 }
    for (const lost of unit ? [true] : [false, true])
      for (let cut = 1, went = true; went; cut += 1) {
        rmSync(root, { recursive: true, force: true })
        cpSync(template, root, { recursive: true })
        went = await python(root, 'report', { cut, lost })
        const when = `${lost ? 'unsynced lost, ' : ''}cut ${cut}`
        const next = bootOf(root)
        seen[next ?? 'clean'] += 1
        if (next === null) rmSync(join(root, 'run'), { recursive: true, force: true })
        await finishBoot(root, next)
        // what that boot's cloud-init left in its copies, the following one replaces
        t.equal(bootOf(root), null, `${when}: one boot was enough`)
        t.strictSame(ofOurs(root), kept, `${when}: nothing of ours`)
        t.match(get(root, 'dev/seed/user-data'), /^#cloud-config\n+$/, `${when}: an empty seed`)
        if (unit) t.strictSame(JSON.parse(get(root, 'var/lib/eims/unit.json') ?? 'null'), unit, when)
        proveSame(t, root, when)
      }
    t.comment(`what ran at the next boot: ${JSON.stringify(seen)}`)
    t.ok(seen.ours > 10 && seen.finish > 2 && seen.clean > 1, 'all three were met')
  }
})
