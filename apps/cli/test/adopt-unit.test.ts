import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UnitInput } from '@eims/contracts'
import t from 'tap'
import { factsScript, readFacts } from '../src/adopt-unit/facts.ts'
import { runOverSsh, sshArguments } from '../src/adopt-unit/ssh.ts'
import { bench, node, ok } from './support/bench.ts'

// A unit says what it is to a real shell, and what it does not say is told. There is no SSH server in this test: a stand-in takes
// the place of ssh, writes down how it was called and hands the script to sh.

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPMBTHrMgVsKiJyrZKoIWwDOPmlN7BpCPqpaXDm9obs6 root@pos-17'
const FINGERPRINT = 'ssh-ed25519 SHA256:'
const FILE = {
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
const MARK = '-- 0123'

function put(root: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

const program = (root: string, name: string, text: string) => {
  put(root, { [`bin/${name}`]: `#!/bin/sh\n${text}` })
  chmodSync(join(root, 'bin', name), 0o755)
}

const aUnit = (root: string) =>
  put(root, {
    'var/lib/eims/unit.json': JSON.stringify(FILE),
    'sys/class/dmi/id/product_serial': 'SN-17\n',
    'sys/class/dmi/id/product_uuid': '11111111-2222-3333-4444-555555550017\n',
    'sys/class/dmi/id/sys_vendor': 'ACME\n',
    'sys/class/dmi/id/product_name': 'Box\n',
    'sys/class/net/eth0/address': '52:54:00:00:00:17\n',
    'sys/class/net/eth0/device/vendor': '',
    'sys/class/net/lo/address': '00:00:00:00:00:00\n',
    'sys/class/net/br0/address': '52:54:00:00:00:99\n',
    'etc/machine-id': `${'ab'.repeat(16)}\n`,
    'etc/os-release': 'NAME=Debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    'etc/ssh/ssh_host_ed25519_key.pub': `${KEY}\n`,
    'etc/ssh/ssh_host_ed25519_key': 'private\n',
  })

const told = (root: string) => {
  const env = { PATH: `${join(root, 'bin')}:${process.env.PATH}` }
  return readFacts(execFileSync('sh', ['-s'], { input: factsScript(MARK, root), env, encoding: 'utf8' }), MARK)!
}

await t.test('a unit of ours says all that it is', async (t) => {
  const root = t.testdir()
  aUnit(root)
  program(root, 'k3s', 'echo "k3s version v1.30.1+k3s1 (abc)"\necho go\n')
  const { body, missing, fingerprints } = told(root)
  t.match(body, {
    serial: 'SN-17',
    uuid: '11111111-2222-3333-4444-555555550017',
    manufacturer: 'ACME',
    product: 'Box',
    machineId: 'ab'.repeat(16),
    osVersion: 'Debian GNU/Linux 12 (bookworm)',
    k3s: 'k3s version v1.30.1+k3s1 (abc)',
    unit: FILE,
  })
  t.strictSame(body.macs, ['52:54:00:00:00:17'], 'of real NICs only')
  t.strictSame(body.sshHostKeys, [KEY])
  t.strictSame(missing, [])
  put(root, { 'key.pub': `${KEY}\n` })
  const [, printed] = execFileSync('ssh-keygen', ['-lf', join(root, 'key.pub')], { encoding: 'utf8' }).split(' ')
  t.strictSame(fingerprints, [`ssh-ed25519 ${printed}`], 'as OpenSSH prints it')
  t.match(fingerprints[0], FINGERPRINT)
})

await t.test('any Linux: what it does not say is told, with why', async (t) => {
  const root = t.testdir()
  put(root, {
    'etc/os-release': 'NAME=Alpine\nVERSION=3.20\n',
    'sys/class/net/eth0/address': '52:54:00:00:00:17\n',
    'sys/class/net/eth0/device/x': '',
  })
  const { body, missing } = told(root)
  t.match(body, { osVersion: 'Alpine 3.20', macs: ['52:54:00:00:00:17'], sshHostKeys: [] })
  t.notOk('unit' in body || 'serial' in body || 'k3s' in body)
  t.match(missing.join('\n'), /serial: there is none\n[\s\S]*K3s: it has none/)
})

await t.test('what only root may read is asked of sudo, or told as missing; nonsense is left out', async (t) => {
  const script = factsScript(MARK)
  t.match(script, 'sudo -n head -c')
  const said = (serial: string, unit = '') =>
    readFacts(`\n${MARK} unit\n${unit}\n${MARK} serial\n${serial}\n${MARK} end\n`, MARK)!
  t.match(said(`denied ${MARK}`).missing.join(), /serial: only root may read it.*--user root/)
  t.match(said('\u200b').missing.join(), /serial: ".*" is none/)
  t.match(said('SN-1', '{').missing.join(), /it is not JSON/)
  t.match(said('SN-1', JSON.stringify({ ...FILE, format: 2 })).missing.join(), /its format is not/)
  const exchanged = said('SN-99', JSON.stringify(FILE))
  t.equal(exchanged.body.serial, 'SN-99')
  t.match(exchanged.missing.join(), /says SN-17, the board says SN-99; the board counts/)
  t.equal(readFacts(`\n${MARK} serial\nSN-1\n`, MARK), null, 'a unit that broke off said nothing')
})

await t.test('what the registry would refuse of an answer is left out, so that the rest of it counts', async (t) => {
  const said = (parts: Record<string, string>) => {
    const text = Object.entries(parts).map(([name, value]) => `\n${MARK} ${name}\n${value}`)
    return readFacts(`${text.join('')}\n${MARK} end\n`, MARK)!
  }
  const unit = JSON.stringify({
    ...FILE,
    serial: 'To be filled by O.E.M.\u0007',
    uuid: 'none',
    macs: ['x', FILE.macs[0]],
  })
  const keys = `${KEY}\n-----BEGIN OPENSSH PRIVATE KEY-----\nssh-ed25519 ${'A'.repeat(4096)}\nssh-rsa\n`
  const { body, missing, fingerprints } = said({ unit, keys, machineId: 'uninitialized', hostName: 'a\nb' })
  t.strictSame(body.macs, FILE.macs)
  t.strictSame([body.serial, body.uuid, body.machineId], [undefined, undefined, undefined])
  t.strictSame([body.sshHostKeys, fingerprints.length], [[KEY], 1])
  t.match(missing.join('\n'), /machine-id: "uninitialized" is none/)
  t.match(missing.join('\n'), /SSH host keys: 3 lines are none/)
  t.ok(UnitInput.safeParse(body).success, 'the registry takes it')
})

await t.test('ssh checks the host key, and is told nothing that it could take for an option', async (t) => {
  const args = sshArguments({ address: '192.0.2.7', user: 'edge', identity: 'key', port: '2222', knownHosts: 'known' })
  t.equal(
    args.join(' '),
    '-T -a -x -oClearAllForwardings=yes -oControlMaster=no -oConnectTimeout=15 -oStrictHostKeyChecking=ask -oUserKnownHostsFile="known" -i key -p 2222 -l edge -- 192.0.2.7 sh -s',
  )
  t.ok(sshArguments({ address: 'a', acceptNew: true }).includes('-oStrictHostKeyChecking=accept-new'))
  for (const access of [
    { address: '-oProxyCommand=x' },
    { address: 'a b' },
    { address: 'a', user: '-x y' },
    { address: 'a', user: '-oProxyCommand' },
    { address: 'a', port: '0' },
  ])
    t.throws(() => sshArguments(access), { exitCode: 2, message: /--from-unit|--user|--port/ })
})

await t.test('the verb: asks over ssh, registers, shows what is not known', async (t) => {
  const image = { name: 'debian', manifestSha256: 'ab'.repeat(32), published: 'cd'.repeat(32) }
  const reply = { node: node('pos-17'), result: 'new', dryRun: false, image, digest: 'differs' }
  const { asked, eims } = await bench(t, () => ok(reply))
  const root = t.testdir()
  aUnit(root)
  program(root, 'ssh', `echo "$*" >>'${root}/calls'\nsed "s|'/|'${root}/|g" | sh -s\n`)
  const path = process.env.PATH
  process.env.PATH = `${join(root, 'bin')}:${path}`
  t.teardown(() => {
    process.env.PATH = path
  })
  const out = await eims('nodes', 'adopt', '--from-unit', '192.0.2.7', '--user', 'edge', '--profile', 'edge')
  t.match(out, /node +pos-17\n/)
  t.match(out, /image +debian \(manifest abababababab\): differs from the one of that name here \(cdcdcdcdcdcd\)/)
  t.match(out, /host key +ssh-ed25519 SHA256:/)
  const [[line, body]] = asked as [[string, Record<string, unknown>]]
  t.equal(line, 'POST /api/v1/nodes/adopt')
  t.match(body, { serial: 'SN-17', profile: 'edge', dryRun: false, unit: FILE })
  t.match(JSON.parse(await eims('nodes', 'adopt', '--from-unit', '192.0.2.7', '--dry-run', '--json')), {
    digest: 'differs',
  })
  t.match(asked[1], ['POST /api/v1/nodes/adopt', { dryRun: true }])
  for (const words of [
    ['--from-unit', 'x', 'node'],
    ['node', '--user', 'edge'],
  ])
    await t.rejects(eims('nodes', 'adopt', ...words), { exitCode: 2, message: /--from-unit/ })
  program(root, 'ssh', 'echo "edge@192.0.2.7: Permission denied (publickey)." >&2; exit 255\n')
  await t.rejects(eims('nodes', 'adopt', '--from-unit', '192.0.2.7'), {
    exitCode: 3,
    message: /--identity/,
    lines: ['edge@192.0.2.7: Permission denied (publickey).'],
  })
  program(root, 'ssh', 'exec yes\n')
  await t.rejects(runOverSsh({ address: 'a' }, ''), { exitCode: 1, message: /says more than 1 MiB/ })
  program(root, 'ssh', 'exit 127\n')
  await t.rejects(runOverSsh({ address: 'a' }, ''), { exitCode: 1, message: /POSIX shell/ })
})
