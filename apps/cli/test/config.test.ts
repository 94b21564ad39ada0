import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ProblemError, toProblem } from '@eims/contracts'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { find } from '../src/verbs.ts'
import { bench, node, ok } from './support/bench.ts'

// The verbs about config-files need no server; what they say can be found by editors and CI, and their exit code is right.

async function eims(t: Test, ...argv: string[]) {
  const { verb, rest } = find(argv)!
  const printed = t.capture(process.stdout, 'write', () => true)
  const told = t.capture(process.stderr, 'write', () => true)
  const failed = await verb.run(rest, {}).then(
    () => null,
    (error: { exitCode?: number; lines?: string[] }) => ({ exitCode: error.exitCode, lines: error.lines }),
  )
  printed.restore()
  told.restore()
  const text = (captured: typeof printed) =>
    captured()
      .map((call) => String(call.args[0]))
      .join('')
  return { out: text(printed), err: text(told), failed }
}

const file = (t: Test, text: string) => {
  const path = join(t.testdir(), 'config-file')
  writeFileSync(path, text)
  return path
}

await t.test('validate', async (t) => {
  const good = file(t, 'version: 1.0\nos: {}\n')
  const { out, failed } = await eims(t, 'config', 'validate', good)
  t.equal(failed, null)
  t.equal(out, `${good}:2:5: warning: os: os is read as operatingSystem. Write operatingSystem.\n${good}: good\n`)
  const bad = file(t, 'version: 1.0\noperatingSystem:\n  bootOrdr: disk\n  sshKey: x\n')
  const said = await eims(t, 'config', 'validate', bad)
  t.match(said.failed, { exitCode: 1 })
  t.match(said.out.split('\n'), [
    /:3:13: mistake: operatingSystem.bootOrdr: .*did you mean bootOrder/,
    /:4:11: mistake: operatingSystem.sshKey: /,
  ])
  const asData = await eims(t, 'config', 'validate', bad, '--json')
  t.match(JSON.parse(asData.out), [{ file: bad, mistakes: [{ line: 3, column: 13 }, { line: 4 }], warnings: [] }])
  t.match((await eims(t, 'config', 'validate')).failed, { exitCode: 2 })
  t.match((await eims(t, 'config', 'validate', '/nowhere')).failed, { exitCode: 1 })
})

await t.test('render', async (t) => {
  const path = file(
    t,
    'version: 1.0\noperatingSystem:\n  commands: [one]\n  hugePages: 4\n  network: {address: 10.0.0.2/8}\n',
  )
  const { out, err } = await eims(t, 'config', 'render', path, '--image-type', 'immutable')
  t.equal(out, '#cloud-config\nruncmd:\n  - one\n')
  t.match(err, /an immutable image may have sealed/)
  t.match(err, /kernel arguments: hugepagesz=2M hugepages=4\n$/)
  const network = await eims(t, 'config', 'render', path, '--part', 'network-config')
  t.match(parse(network.out), { version: 2, ethernets: { fixed: { addresses: ['10.0.0.2/8'] } } })
  t.match(JSON.parse((await eims(t, 'config', 'render', path, '--json')).out), {
    cloudConfig: { runcmd: ['one'] },
    told: [],
  })
  const addons = ['--addon', 'calico', '--addon', 'dash']
  t.match((await eims(t, 'config', 'render', path, ...addons)).err, /the addons calico, dash are not put on the unit/)
  const cluster = file(t, 'version: 1.0\noperatingSystem: {hostType: kubernetes}\n')
  const withK3s = await eims(t, 'config', 'render', cluster, ...addons)
  t.match(withK3s, { err: /^addons: calico, dash$/m, out: /LABEL=K3S-ADDONS/ })
  t.match((await eims(t, 'config', 'render', cluster, '--addon', 'A_B')).failed, { exitCode: 2 })
  t.match((await eims(t, 'config', 'render', path, '--image-type', 'x')).failed, { exitCode: 2 })
  t.match((await eims(t, 'config', 'render', file(t, 'a: b\n'))).failed, { exitCode: 1, lines: [/:1:4: mistake: a: /] })
})

await t.test('render for an image with K3s, and for one without', async (t) => {
  const plain = file(t, 'version: 1.0\n')
  t.notMatch((await eims(t, 'config', 'render', plain)).out, /install\.sh/)
  const version = ['--image-k3s-version', 'v1.33.5+k3s1']
  t.match((await eims(t, 'config', 'render', plain, ...version)).out, /sh \/opt\/install\.sh/)
  const cluster = file(
    t,
    'version: 1.0\nkubernetes:\n  kind: KThreesControlPlaneTemplate\n  spec: {template: {spec: {kthreesConfigSpec: {version: v1.30.1+k3s1}}}}\n',
  )
  t.match(
    (await eims(t, 'config', 'render', cluster, ...version)).err,
    /:4:\d+: warning: .*The image has K3s v1\.33\.5/,
  )
  t.match((await eims(t, 'config', 'render', cluster, '--image-k3s-version', 'none')).failed, {
    exitCode: 1,
    lines: [/the image has none .*write kubernetes: none/],
  })
  t.match((await eims(t, 'config', 'render', cluster, '--image-k3s-version', '1')).failed, { exitCode: 2 })
})

await t.test('convert', async (t) => {
  const raw = file(t, 'user_name="edge"\npasswd="$6$abcdefgh$abcdefgh"\nx="y"\n')
  const { out, err, failed } = await eims(t, 'config', 'convert', raw)
  t.equal(failed, null)
  t.match(parse(out), { operatingSystem: { users: [{ username: 'edge' }] } })
  t.match(err, `${raw}:3:1: loss: x: x is not known, and left out. `)
  const made = join(raw, '../new')
  await eims(t, 'config', 'convert', raw, '-o', made)
  t.equal(readFileSync(made, 'utf8'), out)
  t.equal(statSync(made).mode & 0o777, 0o600, 'it may hold secrets')
  t.match((await eims(t, 'config', 'convert', raw, '-o', made)).failed, { exitCode: 1 }, 'nothing is written over')
  t.match((await eims(t, 'config', 'convert', file(t, 'ssh_key="x"\n'))).failed, {
    exitCode: 1,
    lines: [/:1:1: mistake: /],
  })
})

await t.test('init writes what validate lets pass', async (t) => {
  const path = join(t.testdir(), 'new.yaml')
  t.equal((await eims(t, 'config', 'init', path)).failed, null)
  t.match(readFileSync(path, 'utf8'), /^# yaml-language-server: \$schema=\/.*\/docs\/config\.schema\.json\n/)
  t.equal((await eims(t, 'config', 'validate', path)).failed, null)
  t.strictSame(parse(readFileSync(path, 'utf8')), { version: 1, operatingSystem: null }, 'it takes nothing away')
  t.match(
    (await eims(t, 'config', 'init', '--schema', 'https://x.example/s.json')).out,
    /\$schema=https:\/\/x.example\/s.json\n/,
  )
  const whole = readFileSync(path, 'utf8').replace(
    /^( *)# (?= |users:|sshKey:|proxy:|network:|aptMirror:|ntpServers:|services:|hugePages:|files:|installer:|commands:|kubernetes:)/gm,
    '$1',
  )
  writeFileSync(path, whole)
  t.strictSame((await eims(t, 'config', 'validate', path)).failed, null, 'with the comments as lines, too')
})

await t.test('the config-file of docs/standalone.md is one', async (t) => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/standalone.md'), 'utf8')
  const path = file(t, /```yaml\n([^`]*)```/.exec(page)?.[1] ?? '')
  t.strictSame(await eims(t, 'config', 'validate', path), { out: `${path}: good\n`, err: '', failed: null })
})

await t.test('what carries a config-file', async (t) => {
  const text = 'version: 1.0\nos: {}\n'
  const { asked, eims: eimsAt } = await bench(t, () => ok(node('one', { configSha256: 'ab' })))
  const path = file(t, text)
  await eimsAt('nodes', 'set', 'one', '--config', path)
  await eimsAt('nodes', 'set', 'one', '--config', '')
  t.strictSame(asked, [
    ['PATCH /api/v1/nodes/one', { config: text }],
    ['PATCH /api/v1/nodes/one', { config: null }],
  ])
  await t.rejects(eimsAt('nodes', 'set', 'one', '--config', '/nowhere'), /cannot be read/)
})

await t.test('secrets that only a server knows: a warning to validate, and render is told them', async (t) => {
  const path = file(
    t,
    `version: 1.0
kubernetes:
  kind: KThreesControlPlaneTemplate
  apiVersion: controlplane.cluster.x-k8s.io/v1beta2
  spec: {template: {spec: {kthreesConfigSpec: {files: [{path: /etc/a, contentFrom: {secret: {name: tls, key: ca}}}]}}}}
`,
  )
  const value = join(path, '../value')
  writeFileSync(value, 'of the secret')
  const validated = await eims(t, 'config', 'validate', path)
  t.equal(validated.failed, null)
  t.match(validated.out, /:5:\d+: warning: .*The server must hold "ca" of a secret "tls"/)
  t.strictSame((await eims(t, 'config', 'validate', path, '--secret', `tls/ca=@${value}`)).out, `${path}: good\n`)
  t.strictSame((await eims(t, 'config', 'render', path)).failed, { exitCode: 1, lines: ['--secret tls/ca=@FILE'] })
  const { out } = await eims(t, 'config', 'render', path, '--secret', `tls/ca=@${value}`)
  t.match(parse(out).write_files[0], { path: '/etc/a', encoding: 'gz+b64' })
  for (const wrong of ['tls=@x', 'tls/ca=x', `tls/a b=@${value}`])
    t.match((await eims(t, 'config', 'render', path, '--secret', wrong)).failed, { exitCode: 2 }, wrong)
})

await t.test('whose it is to be', async (t) => {
  const path = file(t, 'version: 1.0\noperatingSystem:\n  network: {address: 192.168.1.2/24}\n')
  for (const level of ['site', 'batch', 'profile']) {
    const { out, failed } = await eims(t, 'config', 'validate', path, '--of', level)
    t.match(failed, { exitCode: 1 })
    t.match(out, /:3:12: mistake: operatingSystem.network: The address would be every machine’s/, level)
  }
  t.equal((await eims(t, 'config', 'validate', path, '--of', 'node')).failed, null)
  t.match((await eims(t, 'config', 'validate', path, '--of', 'nodes')).failed, { exitCode: 2 })
})

await t.test('a list’s config-file is its batch’s, which has it before the machines come', async (t) => {
  const path = file(t, 'version: 1.0\noperatingSystem: {bootOrder: disk}\n')
  const list = join(path, '../list.csv')
  writeFileSync(list, 'Serial\nS1\n')
  const at = '2026-11-20T10:00:00.000Z'
  const counts = { expected: 7, registered: 0, seen: 0, running: 0, passed: 0, failed: 0, alike: 0, missing: 7 }
  const batch = {
    id: 'b',
    name: 'lot',
    expected: 7,
    note: null,
    config: null,
    configSha256: null,
    createdAt: at,
    counts,
    pace: { lastHour: 0, left: 0, expectedEnd: null },
  }
  const missing = { status: 404, body: toProblem(new ProblemError('not-found', 'There is no batch lot.')) }
  for (const isNew of [true, false]) {
    const lines: string[] = []
    const server = createServer((request, response) => {
      const line = `${request.method} ${request.url?.replace(/\?.*/, '')}`
      lines.push(line)
      const [status, body] =
        line.startsWith('GET') && isNew ? [404, missing.body] : [line.includes('imports') ? 503 : 200, batch]
      request.resume().on('end', () => {
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(JSON.stringify(body))
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => server.close())
    const { verb, rest } = find(['import', list, '--batch', 'lot', '--config', path])!
    const env = { EIMS_SERVER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, EIMS_KEY: 'key' }
    await verb.run(rest, env).catch(() => {})
    t.strictSame(lines.slice(0, 2), [
      'GET /api/v1/batches/lot',
      isNew ? 'POST /api/v1/batches' : 'PUT /api/v1/batches/lot',
    ])
    t.match(lines[2], /imports/)
  }
  const { asked, eims: eimsAt } = await bench(t, () => missing)
  const address = file(t, 'version: 1.0\noperatingSystem:\n  network: {address: 192.168.1.2/24}\n')
  await t.rejects(eimsAt('import', list, '--config', address), /give --batch, too/)
  const refused = await eimsAt('import', list, '--batch', 'lot', '--config', address).catch((error: unknown) => error)
  t.match(refused, { lines: [/:3:12: mistake: .*every machine’s/] })
  t.strictSame(asked, [])
})

await t.test('nodes config', async (t) => {
  const reply = {
    config: 'version: "1.0"\n',
    from: [{ key: 'operatingSystem.proxy', level: 'batch', name: 'lot' }],
    fromSecrets: [{ path: '/etc/a', name: 'tls', key: 'ca' }],
    warnings: ['operatingSystem.lvmSizeGb is not done'],
    cluster: { by: 'image', k3sVersion: 'v1.33.5+k3s1' },
    kernelArguments: ['hugepages=4'],
    bootOrder: null,
    addons: ['calico', 'dash'],
  }
  const { asked, eims: eimsAt } = await bench(t, () => ok(reply))
  t.equal(
    await eimsAt('nodes', 'config', 'one'),
    `version: "1.0"

KEY                    FROM   NAME
operatingSystem.proxy  batch  lot

/etc/a: from secret tls/ca

cluster: of one node, K3s v1.33.5+k3s1
No config-file says anything of a cluster, and the image carries it: kubernetes: none in one of them turns it off.

kernel arguments: hugepages=4

addons: calico, dash

operatingSystem.lvmSizeGb is not done
`,
  )
  t.strictSame(JSON.parse(await eimsAt('nodes', 'config', 'one', '--json')), reply)
  t.equal(asked[0]?.[0], 'GET /api/v1/nodes/one/config')
})
