import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Lan } from '@eims/lab'
import t from 'tap'
import { launch, launcher, processesIn, reachableFolder } from './up/launched.ts'

// One promise: SIGINT and SIGTERM end the service in order, and what kill -9 leaves behind is cleared by the next start.

const lan = await Lan.create({ name: 'up-stops' })
t.teardown(() => lan[Symbol.asyncDispose]())
const data = join(await reachableFolder(t), 'data')
const start = () => launch(lan.service, ['--interface', 'br0', '--data', data])
const names = async () => {
  // Without --data: the service that runs says itself where its data are.
  const { stdout } = await lan.service.exec(launcher, ['nodes', 'list', '--json'])
  return (JSON.parse(stdout) as { name: string }[]).map((node) => node.name)
}

await t.test('SIGTERM in the middle of the first start', async (t) => {
  const service = start()
  await service.logs(/made a new PostgreSQL/)
  const { code, said } = await service.end('SIGTERM')
  t.strictSame({ code, said }, { code: 0, said: [] })
  t.strictSame(await processesIn(lan.service), [], 'nothing runs any more')
})

await t.test('SIGINT, as of Ctrl-C', async (t) => {
  const service = start()
  await service.up()
  const { code, said, greeting } = await service.end('SIGINT')
  t.strictSame({ code, said }, { code: 0, said: [] })
  t.match(
    greeting,
    /^ {2}dashboard: http:\/\/127\.0\.0\.1:7481\/, .*\n {4}sign in there with (the admin key below|a key; .*)$/m,
  )
  t.match(greeting, /\neims: stopping\n$/)
  t.strictSame(await processesIn(lan.service), [], 'nothing runs any more')
})

await t.test(
  'kill -9 loses nothing that was acknowledged, and its PostgreSQL is ended by the next start',
  async (t) => {
    const killed = start()
    await killed.up()
    await lan.service.exec(launcher, ['nodes', 'add', 'unit-1', '--serial', 'SN-0001', '--data', data])
    await killed.end('SIGKILL')
    const [orphan] = (await readFile(join(data, 'postgres/cluster/postmaster.pid'), 'utf8')).split('\n')
    const runs = async (pid: string) => (await processesIn(lan.service)).some((line) => line.startsWith(`${pid} `))
    t.ok(await runs(orphan!), 'its postmaster still runs')

    const service = start()
    await service.up()
    t.notOk(await runs(orphan!), 'the next start has ended it')
    t.strictSame(await names(), ['unit-1'], 'the node is there')
    const { code, said, logged, greeting } = await service.end('SIGTERM')
    t.strictSame({ code, said }, { code: 0, said: [] })
    t.ok(
      logged.includes(`database: stopping the PostgreSQL (process ${orphan}) that an eims left behind`),
      'and has said so',
    )
    t.match(greeting, /^ {4}sign in there with a key; as root, \.\/eims keys add NAME --role admin makes one$/m)
    t.notMatch(greeting, /admin key/, 'the first key is not shown again')
    t.strictSame(await processesIn(lan.service), [], 'nothing runs any more')
  },
)
