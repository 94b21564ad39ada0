import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ApplyInput } from '@eims/contracts'
import { createNode } from '@eims/registry'
import t, { type Test } from 'tap'
import { startDatabases } from './support/databases.ts'
import { addProfile, openSite, type Site } from './support/site.ts'

const { fresh } = await startDatabases(t)
const cli = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url))
const mac = (last: number) => `52:54:00:aa:00:${last.toString(16).padStart(2, '0')}`

async function opened(t: Test) {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db, 'kiosk')
  await addProfile(site.db, 'debian')
  return site
}
const apply = (site: Site, body: Partial<ApplyInput>) => site.api('applyNodes', { body })

/** Runs the tool. */
const toolOf = (site: Site) => (argv: string[], input?: string) =>
  new Promise<{ code: number | null; out: string; said: string }>((done) => {
    const env = { ...process.env, EIMS_SERVER: site.admin, EIMS_KEY: site.keys.operator }
    const child = spawn(process.execPath, [cli, ...argv], { env })
    let out = ''
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    child.stdin.end(input)
    child.on('close', (code) => done({ code, out, said }))
  })

await t.test('what is missing is made, what differs is changed, and a second time nothing is', async (t) => {
  const site = await opened(t)
  await site.api('addNode', {
    body: { name: 'old', serial: 'S1', macs: [mac(1), mac(2)], metadata: { a: '1', b: '2' } },
  })
  const body: Partial<ApplyInput> = {
    batches: [{ name: 'lot-7', expected: 4 }],
    nodes: [
      { name: 'old', macs: [mac(2), mac(3)], metadata: { a: '1', c: '3' }, profile: 'kiosk', batch: 'lot-7' },
      { name: 'new', serial: 'S2', netbootPolicy: 'denied', disk: { prefer: 'smallest' } },
      { uuid: '11111111-2222-3333-4444-555555555555', batch: 'lot-7' },
    ],
  }
  const dry = await apply(site, { ...body, dryRun: true })
  t.match(dry, { applied: false, dryRun: true, problemsTotal: 0 })
  t.equal(await site.db.node.count(), 1, 'a dry run changes nothing')
  t.equal(await site.db.batch.count(), 0)
  const report = await apply(site, body)
  t.strictSame(report, { ...dry, applied: true, dryRun: false }, 'and says what is done then')
  t.match(report, {
    batches: [{ name: 'lot-7', result: 'created' }],
    nodes: [
      {
        name: 'old',
        result: 'changed',
        changes: [
          { field: 'macs', from: [mac(1), mac(2)], to: [mac(2), mac(3)] },
          { field: 'profile', from: null, to: 'kiosk' },
          { field: 'batch', from: null, to: 'lot-7' },
          { field: 'metadata', from: { a: '1', b: '2' }, to: { a: '1', c: '3' } },
        ],
      },
      { name: 'new', result: 'created' },
      { name: 'node-11111111-2222-3333-4444-555555555555', result: 'created' },
    ],
  })
  const old = await site.api('getNode', { params: { id: 'old' } })
  t.match(old, { serial: 'S1', profile: 'kiosk', batch: 'lot-7', metadata: { a: '1', c: '3' } })
  t.strictSame(old.macs.toSorted(), [mac(2), mac(3)])
  t.match(await site.api('getNode', { params: { id: 'new' } }), {
    registered: true,
    state: 'REGISTERED',
    serial: 'S2',
    netbootPolicy: 'denied',
    disk: { prefer: 'smallest' },
  })
  const trace = () => Promise.all([site.db.audit.count(), site.db.event.count()])
  const before = await trace()
  const again = await apply(site, body)
  t.match(again, { applied: true, batches: [{ result: 'unchanged', changes: [] }] })
  t.ok(again.nodes.every(({ result, changes }) => result === 'unchanged' && changes.length === 0))
  t.strictSame(await trace(), before, 'nothing stands in the audit log or on a timeline')
  const audits = await site.db.audit.findMany({ where: { action: { startsWith: 'node.' } }, orderBy: { id: 'asc' } })
  t.match(
    audits.slice(-3).map(({ action, subjectName }) => [action, subjectName]),
    [
      ['node.patch', 'old'],
      ['node.create', 'new'],
      ['node.create', /^node-/],
    ],
  )
  t.match(await apply(site, { nodes: [{ name: 'old', profile: null, metadata: null }] }), {
    nodes: [{ changes: [{ field: 'profile', from: 'kiosk', to: null }, { field: 'metadata' }] }],
  })
  t.match(await site.api('getNode', { params: { id: 'old' } }), { profile: null, metadata: {}, batch: 'lot-7' })
})

await t.test(
  'which node it is: its name says so, else its identifiers, as far as they contradict nothing',
  async (t) => {
    const site = await opened(t)
    await site.api('addNode', { body: { name: 'a', serial: 'S1', macs: [mac(1)] } })
    await site.api('addNode', { body: { name: 'b', serial: 'S2', macs: [mac(2)] } })
    t.match(await apply(site, { nodes: [{ name: 'renamed', serial: 's1' }] }), {
      applied: true,
      nodes: [
        {
          name: 'renamed',
          result: 'changed',
          changes: [{ field: 'name', from: 'a', to: 'renamed' }, { field: 'serial' }],
        },
      ],
    })
    const problem = async (nodes: ApplyInput['nodes'], expected: object) =>
      t.match(await apply(site, { nodes }), { applied: false, problems: [expected] })
    await problem([{ serial: 'S9', macs: [mac(2)] }], {
      index: 0,
      field: 'serial',
      message: /write name: b to change that/,
    })
    await problem([{ serial: 's1', macs: [mac(2)] }], { field: 'macs', message: /is renamed’s, and the MAC .* is b’s/ })
    await problem([{ name: 'b', macs: [mac(1)] }], {
      field: 'macs',
      message: /MAC 52:54:00:aa:00:01 belongs to node renamed/,
    })
    await problem([{ name: 'nobody', profile: 'kiosk' }], {
      field: 'name',
      message: /there is no node nobody; give a serial/,
    })
    await problem([{ name: 'b', serial: 'S3' }, { macs: [mac(2)] }], {
      index: 1,
      message: /is node b once more/,
      other: 0,
    })
    await problem(
      [
        { name: 'c', serial: 'S4' },
        { name: 'd', serial: 's4' },
      ],
      { index: 1, field: 'serial', other: 0 },
    )
    await problem(
      [
        { name: 'c', serial: 'S4' },
        { name: 'c', serial: 'S5' },
      ],
      { index: 1, field: 'name', other: 0 },
    )
    await problem([{ name: 'b', serial: null, macs: [] }], {
      message: /is the last one that tells the node from others/,
    })
    await problem([{ name: 'c', serial: 'Default string' }], { field: 'serial', message: /placeholder/ })
    await problem([{ name: 'b', profile: 'debain' }], {
      field: 'profile',
      message: /does not exist; did you mean debian\?/,
    })
    await problem([{ name: 'b', site: 'elsewhere' }], { field: 'site', message: /names the site elsewhere/ })
    await site.api('patchSite', { body: { sharedIdentifiers: ['SAME'] } })
    await problem([{ name: 'c', serial: 'same' }], { field: 'serial', message: /shared identifiers/ })
    const many = await apply(site, {
      nodes: [{ name: 'x' }, { name: 'good', serial: 'S7' }, { name: 'b', batch: 'none' }],
    })
    t.match(many, { applied: false, problemsTotal: 2, problems: [{ index: 0 }, { index: 2, field: 'batch' }] })
    t.equal(await site.db.node.count(), 2, 'with any problem nothing is done')
    t.match(
      await apply(site, {
        nodes: [
          { name: 'renamed', macs: [mac(2)] },
          { name: 'b', macs: [mac(1)] },
        ],
      }),
      { applied: true },
      'two nodes exchange a MAC',
    )
    t.match(await site.api('getNode', { params: { id: 'b' } }), { macs: [mac(1)] })
  },
)

await t.test('two makers may give one serial, and a machine that appeared by itself is taken over', async (t) => {
  const site = await opened(t)
  const twins = [
    { name: 'dell', serial: 'S1', manufacturer: 'Dell' },
    { name: 'hp', serial: 'S1', manufacturer: 'HP' },
  ]
  t.match(await apply(site, { nodes: twins }), { applied: true, nodes: [{ result: 'created' }, { result: 'created' }] })
  t.match(await apply(site, { nodes: twins }), { nodes: [{ result: 'unchanged' }, { result: 'unchanged' }] })
  t.match(await apply(site, { nodes: [{ name: 'hp', manufacturer: 'DELL Inc.' }] }), {
    applied: false,
    problems: [{ field: 'serial', message: 'serial S1 belongs to node dell' }],
  })
  const { id: siteId } = await site.db.site.findFirstOrThrow()
  const input = { serial: 'APPEARED', macs: [mac(9)] }
  await createNode(site.db, { input, registered: false, actor: 'eims', siteId })
  t.match(await apply(site, { nodes: [{ name: 'mine', macs: [mac(9)] }] }), {
    nodes: [
      { name: 'mine', result: 'changed', changes: [{ field: 'registered', from: false, to: true }, { field: 'name' }] },
    ],
  })
  t.match(await site.api('getNode', { params: { id: 'APPEARED' } }), { name: 'mine', registered: true })
})

await t.test('get, edit, apply', async (t) => {
  const site = await opened(t)
  const eims = toolOf(site)
  const folder = join(site.dataDir, 'site')
  mkdirSync(folder)
  writeFileSync(join(folder, '1-batch.yml'), 'kind: Batch\nname: lot-7\nexpected: 2\n')
  writeFileSync(
    join(folder, '2-nodes.yaml'),
    `kind: Node
name: n1
serial: 00123
macs: ["${mac(1)}"]
manufacturer: 'A: B'
batch: lot-7
metadata: {rack: "null", floor: 2}
disk: {match: /dev/nvme*, minSize: 64000000000}
---
- {name: n2, serial: S2, batch: lot-7, profile: kiosk, netbootPolicy: local}
`,
  )
  writeFileSync(join(folder, 'README.md'), 'not for us')
  t.match(await eims(['apply', '-f', folder]), {
    code: 0,
    said: '',
    out: /^Applied: 2 nodes created; 1 batch created\.\n/,
  })
  t.match(await eims(['apply', '-f', folder]), {
    code: 0,
    out: 'Nothing to do: 2 nodes and 1 batch are already as the files say.\n',
  })
  const { out: all } = await eims(['nodes', 'list', '-o', 'yaml'])
  t.match(await eims(['apply', '-f', '-', '--json'], all), { code: 0, out: /"result": "unchanged"/ })
  t.match(await eims(['apply', '-f', '-'], all), {
    code: 0,
    out: 'Nothing to do: 2 nodes are already as the files say.\n',
  })
  const { out: one } = await eims(['nodes', 'show', 'n2', '-o', 'yaml'])
  const edited = one.replace('kiosk', 'debian')
  t.match(await eims(['apply', '-f', '-', '--dry-run'], edited), {
    code: 0,
    out: /It would be: 1 node changed.*kiosk → debian/s,
  })
  t.match(await eims(['apply', '-f', '-'], edited), {
    code: 0,
    out: /^Applied: 1 node changed\..*profile kiosk → debian/s,
  })
  t.match(await site.api('getNode', { params: { id: 'n2' } }), {
    profile: 'debian',
    netbootPolicy: 'local',
    batch: 'lot-7',
  })
  const wrong = `${edited}---\nkind: Node\nname: n3\nserial: S3\nprofile: debain\n`
  t.match(await eims(['apply', '-f', '-'], wrong), {
    code: 2,
    said: /^eims: nothing was applied:\n {2}standard input:\d+:1: profile names the profile debain, which does not exist; did you mean debian\?\n$/,
  })
  const asJson = await eims(['apply', '-f', '-', '--json'], wrong)
  t.match(JSON.parse(asJson.out), { applied: false, problemsTotal: 1, problems: [/did you mean debian/] })
  t.match(await eims(['apply']), { code: 2, said: /-f is missing/ })
  t.match(await eims(['apply', '-f', '/nowhere.yaml']), { code: 2, said: /-f: \/nowhere\.yaml does not exist/ })
  t.match(await eims(['apply', '-f', '-'], '\xff\xfe'), { code: 2 })
})

await t.test('five thousand nodes are made, changed and left by statements, not one by one', async (t) => {
  const site = await opened(t)
  const file = join(site.dataDir, 'many.yaml')
  const write = (profile: string) =>
    writeFileSync(
      file,
      Array.from(
        { length: 5000 },
        (_, index) =>
          `kind: Node\nname: n${index}\nserial: SN-${index}\nprofile: ${profile}\nmetadata: {place: p${index}}\n---\n`,
      ).join(''),
    )
  const eims = toolOf(site)
  const timed = async (expected: RegExp) => {
    const began = performance.now()
    t.match(await eims(['apply', '-f', file]), { code: 0, out: expected })
    t.comment(`${Math.round(performance.now() - began)} ms`)
  }
  write('kiosk')
  await timed(/^Applied: 5000 nodes created\./)
  await timed(/^Nothing to do: 5000 nodes are already as the files say\./)
  write('debian')
  await timed(/^Applied: 5000 nodes changed\..*n0, n1, n2, n3, n4 and 4995 more +profile kiosk → debian/s)
})
