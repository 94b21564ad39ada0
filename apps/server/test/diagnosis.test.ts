import type { Reason } from '@eims/contracts'
import type { Sighting } from '@eims/dhcp-proxy'
import { appendEvents } from '@eims/registry'
import t from 'tap'
import { sightingEvent } from '../src/lan/dhcp.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, fetchSite, finishRun, onboard } from './support/machine.ts'
import { addDefaultProfile, openSite } from './support/site.ts'

const databases = await startDatabases(t)
const mac = '52:54:00:aa:00:01'
const uuid = '11111111-2222-3333-4444-555555555555'

const sighting = (more: Partial<Sighting<Reason>>): Sighting<Reason> => ({
  mac,
  uuid,
  archs: [7],
  vendorClass: 'PXEClient:Arch:00007:UNDI:003016',
  userClass: null,
  messageType: 'discover',
  port: 67,
  serverIdentifier: null,
  requestedAddress: null,
  ciaddr: null,
  giaddr: null,
  secs: 0,
  outcome: 'reply',
  step: 'ask-4011',
  file: null,
  reason: null,
  ...more,
})

await t.test('a machine is followed from its first DISCOVER, by whatever it is asked for', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const { sink } = site.engine
  const explain = (query: object) => site.api('diagnosis', { query })

  t.match(await explain({ mac: '52-54-00-AA-00-01' }), {
    symptom: 'lan-silent',
    verdict: 'waiting',
    node: null,
    macs: [mac],
  })
  await t.rejects(explain({ uuid }), { code: 'not-found', message: /ask by its MAC/ })

  sink.record(sightingEvent(sighting({})))
  const taken = { messageType: 'request', outcome: 'ignore', step: null, serverIdentifier: '192.168.77.2' } as const
  const reason = { code: 'dhcp-other-server', slots: { server: '192.168.77.2' } } as const
  sink.record(sightingEvent(sighting({ ...taken, reason })))
  for (const query of [{ mac }, { uuid }, { uuid: '11111111-2222-3333-4444-555555555555'.toUpperCase() }])
    t.match(await explain(query), {
      symptom: 'other-server',
      verdict: 'in-progress',
      missing: 'its REQUEST on UDP port 4011',
      heard: [{}, { what: 'REQUEST on port 67 from x64 UEFI, to the server 192.168.77.2' }],
    })

  await site.api('addNode', { body: { serial: 'SN-1', uuid } })
  t.match(
    await explain({ serial: 'sn-1' }),
    { symptom: 'other-server', node: { name: 'sn-1' }, macs: [mac] },
    'its MAC by its UUID',
  )
  t.match(await explain({ node: 'sn-1' }), { symptom: 'other-server', subject: 'sn-1' })

  const script = await bootScript(site.open, { serial: 'SN-1', uuid, mac })
  t.match(await explain({ node: 'sn-1' }), { symptom: 'no-kernel', verdict: 'in-progress' })
  const parameters = await fetchSite(script)
  t.match(await explain({ mac }), { symptom: 'micro-os-silent', verdict: 'in-progress' })

  const agent = await onboard({ serial: 'SN-1', uuid, mac }, parameters)
  await agent.next()
  t.match(await explain({ mac }), { symptom: 'waits-in-micro-os', verdict: 'waiting', summary: /no profile/ })
  await addDefaultProfile(site.db)
  await agent.action()
  t.match(await explain({ mac }), { symptom: 'installing', verdict: 'in-progress' })
  await finishRun(agent)
  t.match(await explain({ mac }), { symptom: 'first-boot', verdict: 'in-progress', cause: null, remedy: [] })
})

await t.test(
  'a failed run names its action; a machine of nobody asked for by the serial of its script is found',
  async (t) => {
    const site = await openSite(t, await databases.fresh(t))
    await addDefaultProfile(site.db)
    const agent = await bootAgent(site.open, { serial: 'SN-2', mac })
    await agent.end(await agent.action(), { state: 'FAILED', message: 'the clock stands still' })
    const found = await site.api('diagnosis', { query: { mac } })
    t.match(found, { symptom: 'run-failed', certainty: 'certain', summary: /the clock stands still/ })
    t.match(found.remedy.join(), /eims nodes retry node-sn-2/)
    await bootScript(site.open, { serial: 'SN 3', mac: '52:54:00:aa:00:03' })
    t.match(await site.api('diagnosis', { query: { serial: 'sn  3' } }), {
      macs: ['52:54:00:aa:00:03'],
      symptom: 'no-kernel',
    })
  },
)

await t.test('what names no machine, or several ways at once, is refused with the field', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const refused = (query: object) =>
    site.api('diagnosis', { query }).catch((error) => [error.code, error.fields?.[0]?.path])
  t.strictSame(await refused({}), ['invalid-input', 'query.mac'])
  t.strictSame(await refused({ mac, uuid }), ['invalid-input', 'query.mac'])
  t.strictSame(await refused({ mac: 'nonsense' }), ['invalid-input', 'query.mac'])
  t.strictSame(await refused({ serial: 'To be filled by O.E.M.' }), ['invalid-input', 'query.serial'])
  t.strictSame(await refused({ node: 'nobody' }), ['not-found', undefined])
})

await t.test(
  'the timeline of a node goes back to before it was registered, and another’s MAC is not its',
  async (t) => {
    const site = await openSite(t, await databases.fresh(t))
    const other = '52:54:00:aa:00:09'
    await appendEvents(site.db, [
      {
        kind: 'dhcp.discover',
        mac,
        message: 'DISCOVER on port 67 from x64 UEFI: offered to answer on port 4011',
        data: { uuid },
      },
      {
        kind: 'dhcp.discover',
        mac: other,
        message: 'DISCOVER on port 67 from x64 UEFI: offered to answer on port 4011',
        data: { uuid },
      },
    ])
    await site.api('addNode', { body: { macs: [mac], uuid } })
    await site.api('addNode', { body: { macs: [other] } })
    const { events } = await site.api('nodeTimeline', { params: { id: mac } })
    t.strictSame(
      events.map(({ kind }) => kind),
      ['dhcp.discover', 'node.registered'],
    )
    t.strictSame((await site.api('diagnosis', { query: { uuid } })).macs, [mac])
  },
)
