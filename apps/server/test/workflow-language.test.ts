import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

// One promise: editors are told what may stand in a template, and what it sees of a machine.

const { fresh } = await startDatabases(t)

await t.test('actions, functions, and the values of a machine', async (t) => {
  const { api } = await openSite(t, await fresh(t))
  const { keys, actions, functions, values } = await api('workflowLanguage', {})
  t.match(keys, { file: ['version', 'name', 'global_timeout', 'tasks'], task: ['name', 'worker', 'actions'] })
  t.ok(keys.action.includes('environment'))
  t.match(
    actions.find(({ name }) => name === 'writefile'),
    { builtin: 'write-file' },
  )
  const variables = actions.find(({ name }) => name === 'archive2disk')?.environment ?? []
  t.match(
    variables.find(({ name }) => name === 'ARCHIVE_TYPE'),
    { required: true, among: ['tar', 'targz'], default: null, unused: null },
  )
  t.ok(['formatPartition', 'quote', 'index'].every((name) => functions.includes(name)))
  const of = (name: string, all = values) => all.find(({ path }) => path === name)?.value
  t.equal(of('.node.serial'), 'SAMPLE-0001')
  t.equal(of('.Hardware.Disks'), '["/dev/chosen"]')
  await api('addNode', { body: { name: 'one', serial: 'SN-1', metadata: { rack: 'R7', 'no-name': 'x' } } })
  await api('patchSite', { body: { httpProxy: 'http://u:hush@proxy.example:3128' } })
  const its = (await api('workflowLanguage', { query: { node: 'SN-1' } })).values
  t.match([of('.node.name', its), of('.node.metadata.rack', its)], ['one', 'R7'])
  t.notOk(
    its.some(({ path }) => path.includes('no-name')),
    'no template can write it so',
  )
  t.notMatch(JSON.stringify(its), /hush/)
  await t.rejects(api('workflowLanguage', { query: { node: 'nobody' } }), { code: 'not-found' })
})
