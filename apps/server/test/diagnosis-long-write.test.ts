import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent } from './support/machine.ts'
import { addDefaultProfile, openSite } from './support/site.ts'

const databases = await startDatabases(t)
const mac = '52:54:00:aa:00:01'

await t.test('an agent that reports its progress is heard, however long its action takes', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  await addDefaultProfile(site.db)
  const agent = await bootAgent(site.open, { serial: 'SN-1', mac })
  const action = await agent.action()
  await site.engine.sink.flush()
  await site.db.$executeRaw`
    update boot_session set seen_at = seen_at - interval '5 minutes', onboarded_at = onboarded_at - interval '5 minutes'`
  await site.db.$executeRaw`update event set at = at - interval '5 minutes', last_at = last_at - interval '5 minutes'`
  const explain = () => site.api('diagnosis', { query: { mac } })
  t.match(await explain(), { symptom: 'agent-silent' })
  await agent.end(action, { state: 'RUNNING', progress: 0.5 })
  t.match(await explain(), { symptom: 'installing', verdict: 'in-progress', summary: /heard [0-9] s ago/ })
})
