import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent, finishRun, goodReport, phoneHomeOf } from './support/machine.ts'
import { addDefaultProfile, openSite, type Site } from './support/site.ts'

// Promise: an image that carries machine-id, host keys or host name is noticed at the second unit, on both.

const { fresh } = await startDatabases(t)

async function unit(site: Site, serial: string, mac: string, more: object) {
  const agent = await bootAgent(site.open, { serial, mac })
  await agent.next()
  const { definition } = (await site.db.action.findFirstOrThrow({
    where: { run: { nodeId: agent.nodeId! }, name: 'seed' },
  })) as {
    definition: unknown
  }
  const { token, instanceId } = phoneHomeOf((definition as { with: Record<string, unknown> }).with)
  await finishRun(agent)
  await site.api('patchNode', { params: { id: agent.nodeId! }, body: { batch: 'lot' } })
  await site.client(site.open, token)('phoneHome', { body: { ...goodReport(instanceId), hostname: serial, ...more } })
}

await t.test('both units say what they have in common', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  await site.api('addBatch', { body: { name: 'lot' } })
  const key = (name: string) => ({ sshHostKeys: [`ssh-ed25519 ${name}`] })
  await unit(site, 'SN-1', '52:54:00:aa:00:01', { machineId: 'golden', ...key('A') })
  t.match(await site.api('getNode', { params: { id: 'SN-1' } }), { warnings: [] })
  await unit(site, 'SN-2', '52:54:00:aa:00:02', { machineId: 'golden', ...key('B') })
  await unit(site, 'SN-3', '52:54:00:aa:00:03', { machineId: 'three', hostname: 'SN-4', ...key('B') })
  await unit(site, 'SN-4', '52:54:00:aa:00:04', { machineId: 'four', ...key('D') })
  await unit(site, 'SN-5', '52:54:00:aa:00:05', { machineId: '', ...key('E') })
  await unit(site, 'SN-6', '52:54:00:aa:00:06', { machineId: '', ...key('F') })
  const table: [string, [string, string][]][] = [
    ['SN-1', [['machine-id', 'node-sn-2']]],
    [
      'SN-2',
      [
        ['machine-id', 'node-sn-1'],
        ['ssh-host-key', 'node-sn-3'],
      ],
    ],
    [
      'SN-3',
      [
        ['ssh-host-key', 'node-sn-2'],
        ['host-name', 'node-sn-4'],
      ],
    ],
    ['SN-4', [['host-name', 'node-sn-3']]],
    ['SN-5', []],
    ['SN-6', []],
  ]
  for (const [id, warnings] of table) {
    const node = await site.api('getNode', { params: { id } })
    t.match(
      node.warnings,
      warnings.map(([kind, name]) => ({ code: 'os-alike', slots: { kind, nodes: [name] } })),
      id,
    )
    t.equal(node.warnings.length, warnings.length)
    const symptom = warnings.length > 0 ? 'os-alike' : 'running'
    t.match(await site.api('diagnosis', { query: { node: node.name } }), { symptom })
  }
  t.match(await site.api('getBatch', { params: { id: 'lot' } }), { counts: { passed: 6, alike: 4 } })
})
