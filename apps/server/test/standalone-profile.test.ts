import { loadRun } from '@eims/registry'
import t from 'tap'
import { parse } from 'yaml'
import { startDatabases } from './support/databases.ts'
import { bootAgent } from './support/machine.ts'
import { addDefaultProfile, openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)

await t.test('a standalone profile’s units are told to keep nothing, and what they may keep', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const params = { id: 'debian' }
  const body = { name: 'debian', image: 'debian-image' }
  const put = (more: object) => site.api('putProfile', { params, body: { ...body, ...more } })
  await t.rejects(put({ onboarding: 'later' }), {
    code: 'invalid-input',
    message: /body\.onboarding is later, which is for/,
  })
  t.match((await put({ standalone: true, finish: 'poweroff' })).warnings, [/finish poweroff leaves a standalone unit/])
  for (const [serial, more, unit] of [
    ['SN-1', {}, undefined],
    ['SN-2', { standalone: true }, null],
    ['SN-3', { standalone: true, onboarding: 'later' }, { format: 1, serial: 'SN-3', image: { name: 'debian-image' } }],
  ] as const) {
    t.match(await put(more), { standalone: false, onboarding: 'never', ...more })
    await site.api('addNode', { body: { serial } })
    await (await bootAgent(site.open, { serial })).action()
    const { run } = await site.api('getNode', { params: { id: serial } })
    const made = await loadRun(site.db, run!.id)
    const given = (id: string) =>
      made!.actions.find(({ definition }) => definition.id === id)!.definition.with as Record<string, string>
    const { bootcmd } = parse(given('seed').userData!, { version: '1.1' }) as { bootcmd: string[] }
    const settings = JSON.parse(bootcmd[0]!.split("<<'END-OF-SETTINGS'\n")[1]!.split('END-OF-SETTINGS\n')[0]!) as object
    if (unit === undefined) t.notOk('standalone' in settings || 'unit' in settings)
    else t.match(settings, { standalone: true, ...(unit ? { unit: { ...unit, instanceId: run!.id } } : {}) })
    t.equal(given('boot-order').label, unit === undefined ? 'eims debian-image' : 'debian-image')
  }
})
