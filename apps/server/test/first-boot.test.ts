import t from 'tap'
import { parse } from 'yaml'
import { faultOf } from '../src/engine/phone-home.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, finishRun, goodReport, inventory, phoneHomeOf } from './support/machine.ts'
import { addDefaultProfile, openSite, type Site } from './support/site.ts'

// One promise: what is handed to the first boot leads it to its end, and a first boot that has none is not RUNNING.

const { fresh } = await startDatabases(t)
const nic = (mac: string, boot: boolean) => ({ name: 'eth0', mac, driver: 'igb', link: true, speed: 1000, boot })
const nics = [nic('52:54:00:aa:00:01', false), nic('52:54:00:aa:00:02', true)]

/** The documents that a machine with two NICs is given. */
async function seedOf(site: Site) {
  await site.api('addNode', { body: { serial: 'SN-1' } })
  const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:02' }
  await finishRun(await bootAgent(site.open, machine, { found: { ...inventory(), nics } }))
  const { definition } = await site.db.action.findFirstOrThrow({ where: { name: 'seed' } })
  return (definition as { with: Record<'userData' | 'metaData' | 'networkConfig', string> }).with
}

await t.test('a machine’s NICs are in its seed, the boot NIC first', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const { ethernets } = parse((await seedOf(site)).networkConfig) as { ethernets: Record<string, { match: object }> }
  t.strictSame(
    Object.values(ethernets).map(({ match }) => match),
    [{ macaddress: '52:54:00:aa:00:02' }, { macaddress: '52:54:00:aa:00:01' }],
  )
})

await t.test('a profile’s own network config takes its place, is shown, and goes when it is left out', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const params = { id: 'debian' }
  const body = { name: 'debian', image: 'debian-image' }
  const networkConfig = '# ours\nversion: 2\nethernets: {}\n'
  t.equal((await site.api('putProfile', { params, body: { ...body, networkConfig } })).networkConfig, networkConfig)
  t.equal((await site.api('getProfile', { params })).networkConfig, networkConfig)
  t.equal((await seedOf(site)).networkConfig, networkConfig)
  t.equal((await site.api('putProfile', { params, body })).networkConfig, undefined)
})

await t.test('what cloud-config says in vain is warned of whenever the profile is shown', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const cloudConfig = '#cloud-config\ndatasource_list: [Ec2]\n'
  const warnings = [/^datasource_list/]
  const made = await site.api('addProfile', { body: { name: 'p', image: 'debian-image', cloudConfig } })
  t.match(made.warnings, warnings)
  t.match((await site.api('getProfile', { params: { id: 'p' } })).warnings, warnings)
  const { items } = await site.api('listProfiles', { query: {} })
  t.strictSame(
    items.map(({ name, warnings: said }) => [name, said?.length]),
    [
      ['debian', undefined],
      ['p', 1],
    ],
  )
})

await t.test(
  'a first boot that was cut and not done afresh makes the unit FAILED, whatever cloud-init says',
  async (t) => {
    const site = await openSite(t, await fresh(t))
    await addDefaultProfile(site.db)
    const { token, instanceId } = phoneHomeOf(await seedOf(site))
    const body = { ...goodReport(instanceId), firstBoot: { cuts: 3, whole: false } }
    t.strictSame(await site.client(site.open, token)('phoneHome', { body }), { state: 'FAILED' })
    const { instance } = await site.api('getNode', { params: { id: 'SN-1' } })
    t.match(instance?.status.reason, { code: 'first-boot-cut', text: /^its first boot was cut 3 times/ })
  },
)

await t.test('one that was done afresh is good, and the timeline tells of it', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const { token, instanceId } = phoneHomeOf(await seedOf(site))
  const body = { ...goodReport(instanceId), firstBoot: { cuts: 1, whole: true } }
  t.strictSame(await site.client(site.open, token)('phoneHome', { body }), { state: 'RUNNING' })
  const { events } = await site.api('nodeTimeline', { params: { id: 'SN-1' } })
  t.match(events.at(-1), { kind: 'instance.running', message: /started afresh after power was cut/, data: { cuts: 1 } })
})

await t.test('a report that says nothing of it is of a unit that an earlier version wrote', async (t) => {
  t.equal(faultOf({ cloudInit: { status: 'done', errors: [] } }), null)
})
