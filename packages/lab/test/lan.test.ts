import { once } from 'node:events'
import t from 'tap'
import { Lan, run } from '../src/index.ts'
import { staleNamespaces } from '../src/stale-namespaces.ts'

const namespaces = async () => (await run('ip', ['netns', 'list'])).stdout

await t.test(
  'service and site reach each other, the second segment reaches the service, and nothing else',
  async (t) => {
    await using lan = await Lan.create({ name: 'reach' })
    const other = await lan.addSegment('br1', '192.168.88')
    await lan.site.exec('busybox', ['ping', '-c', '1', '-W', '2', '192.168.77.1'])
    await other.neighbour.exec('busybox', ['ping', '-c', '1', '-W', '2', '192.168.88.1'])
    await t.rejects(other.neighbour.exec('busybox', ['ping', '-c', '1', '-W', '1', '192.168.77.2']), {
      name: 'CommandFailed',
    })
    await t.rejects(lan.site.exec('busybox', ['ping', '-c', '1', '-W', '1', '192.0.2.1']), { message: /unreachable/ })
    t.same([await lan.addTap(), await lan.addTap(other)], ['tap0', 'tap1'])
    const { stdout } = await lan.service.exec('ip', ['-o', 'link', 'show', 'master', 'br1'])
    t.match(stdout, 'tap1')
    t.notMatch(stdout, 'tap0')
  },
)

await t.test('when it is disposed of, its processes have ended and its namespaces are gone', async (t) => {
  const stubborn = await (async () => {
    await using lan = await Lan.create({ name: 'gone' })
    t.match(await namespaces(), `eims-gone-${process.pid}-svc`)
    const child = lan.service.spawn('perl', ['-e', '$SIG{TERM} = "IGNORE"; $| = 1; print "ready"; sleep 60 while 1'])
    await once(child.stdout!, 'data')
    return { child, exit: once(child, 'exit') }
  })()
  t.same(await stubborn.exit, [null, 'SIGKILL'])
  t.notMatch(await namespaces(), 'eims-gone-')
})

await t.test('of the namespaces on a host, those of dead makers are stale', async (t) => {
  const list = 'eims-vm-7-svc (id: 3)\neims-vm-8-site\neims-a-b-9-br1\nlan\neims-x\neims-vm-7-svc-x/y\n'
  t.same(
    staleNamespaces(list, (pid) => pid === 8),
    ['eims-vm-7-svc', 'eims-a-b-9-br1'],
  )
})

await t.test('a bad name or subnet is refused with the remedy, and leaves nothing', async (t) => {
  await t.rejects(Lan.create({ name: 'Bench LAN' }), { message: /use 1 to 20 small letters/ })
  await t.rejects(Lan.create({ name: 'bad', subnet: '192.168.77.0' }), { message: /give the first three numbers/ })
  t.notMatch(await namespaces(), 'eims-bad-')
})
