import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript } from './support/machine.ts'
import { addDefaultProfile, openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)
const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:01' }

await t.test('an agent that did not write the whole image fails its run, though it says that it did', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  await site.api('addNode', { body: { serial: 'SN-1' } })
  const agent = await bootAgent(site.open, machine)
  for (const _ of ['inventory', 'choose-disk']) await agent.end(await agent.action())
  const writing = await agent.action()
  t.match(writing, { action: { name: 'write-image', with: { frames: 1 } } })
  await agent.end(writing, { result: { framesWritten: 0, framesKept: 0, bytesFetched: 0 } })

  const reason = "write-image was reported as done, but with 0 of the image's 1 frames, so the image is not on the disk"
  t.match(await agent.next(), { kind: 'done', state: 'FAILED', reason: { text: `write-image: ${reason}` } })
  t.match(await site.api('getNode', { params: { id: 'SN-1' } }), { instance: { state: 'FAILED' } })
  t.match(await bootScript(site.open, machine), /SN-1|sn-1/)
  const { events } = await site.api('nodeTimeline', { params: { id: 'SN-1' } })
  t.ok(events.some(({ kind, message }) => kind === 'action.ended' && message === `write-image failed: ${reason}`))
})
