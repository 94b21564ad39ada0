import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Node, NodeDetail } from '@eims/contracts'
import { fetchQemu, Lan, Machine, run, startSiteDhcp } from '@eims/lab'
import t from 'tap'
import { CACHE } from '../cache.ts'
import { MINUTE } from '../vm/states.ts'
import { ServerMachine } from './server-machine.ts'

// One promise: on a Debian without a network, the units of a bundle start the service by their sockets, as an account
// that may nothing, and it provisions another machine.

const dir = '/var/tmp/eims-benches/systemd'
await rm(dir, { recursive: true, force: true })
const demoOs = resolve(import.meta.dirname, '../../deploy/demo-os/build.ts')
const image = (await run(process.execPath, [demoOs, '--cache', CACHE], { timeoutMs: 300_000 })).stdout.trim()
const lan = await Lan.create({ name: 'systemd' })
t.teardown(() => lan[Symbol.asyncDispose]())
const dhcp = await startSiteDhcp({ segment: lan.bench, dir: '/var/tmp/eims-benches' })
t.teardown(() => dhcp.stop())
const server = await ServerMachine.create(lan, join(dir, 'server'), image)
t.teardown(() => server[Symbol.asyncDispose]())

await t.test('three commands make it a service', { timeout: 12 * MINUTE }, async (t) => {
  await server.start(5 * MINUTE)
  const nic = await server.run('ls /sys/class/net | grep -v lo')
  t.comment(await server.run(`${server.home}/deploy/systemd/install ${nic} 2>&1`, 8 * MINUTE))
  const shown = await server.run('systemctl show eims -p ActiveState,SubState,StatusText,NRestarts,User')
  t.strictSame(shown.split('\n').sort(), [
    'ActiveState=active',
    'NRestarts=0',
    `StatusText=serving ${nic}`,
    'SubState=running',
    'User=eims',
  ])
  const open = await server.run('ss -Hlnup; ss -Hlntp')
  for (const socket of [`%${nic}:67`, `%${nic}:69`, `%${nic}:4011`, `%${nic}:7480`, `%${nic}:7443`, '127.0.0.1:7481'])
    t.ok(open.includes(socket), socket)
  const queues = await server.run('ss -HlnumO')
  for (const port of [67, 69, 4011])
    t.match(queues, new RegExp(`:${port} .*\\brb4194304,`), `UDP ${port} holds a burst`)
})

await t.test('nothing of it has a privilege', async (t) => {
  const pids = (await server.run('cat /sys/fs/cgroup/system.slice/eims.service/cgroup.procs')).split('\n')
  t.ok(pids.length > 5, 'the service and its PostgreSQL')
  const all = await server.run(
    `for pid in ${pids.join(' ')}; do grep -hE '^(Uid|Cap|NoNewPrivs|Seccomp:)' /proc/$pid/status; done | sort -u`,
  )
  const uid = await server.run('id -u eims')
  t.strictSame(
    all
      .replaceAll(/\s+/g, ' ')
      .match(/Uid: [\d ]+?(?= |$)/g)
      ?.map((line) => line.trim()),
    [`Uid: ${uid}`],
  )
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    t.match(all, new RegExp(`^${set}:\\s0{16}$`, 'm'))
  t.match(all, /^NoNewPrivs:\s1$/m)
  t.match(all, /^Seccomp:\s2$/m)
  const score = await server.run('systemd-analyze security eims.service --no-pager | tail -1')
  t.comment(score)
  t.ok(Number(/: (\d+\.\d+)/.exec(score)?.[1]) < 2, 'systemd finds it well shut')
})

let id: string

await t.test('it provisions another machine', { timeout: 15 * MINUTE }, async (t) => {
  await server.eims('images', 'add', '/srv/image.raw', '--name', 'demo-os')
  await server.eims('profiles', 'add', 'demo', '--image', 'demo-os')
  id = (await server.eims<Node>('nodes', 'add', 'unit-1', '--serial', 'SN-0901', '--profile', 'demo')).id
  const machine = await Machine.create({
    qemu: await fetchQemu(CACHE),
    lan,
    dir: join(dir, 'unit-1'),
    spec: {
      firmware: 'uefi',
      nic: { model: 'virtio-net-pci', mac: '52:54:00:ad:00:02', pxe: 'firmware' },
      disk: { bus: 'virtio' },
      system: { serial: 'SN-0901', uuid: '11111111-2222-3333-4444-555555550902' },
    },
  })
  t.teardown(() => machine[Symbol.asyncDispose]())
  await machine.powerOn()
  let node: NodeDetail
  do {
    await sleep(5000)
    node = await server.get<NodeDetail>(`nodes/${id}`)
  } while (!['RUNNING', 'FAILED'].includes(node.instance?.state ?? ''))
  t.match(node, { state: 'ONBOARDED', instance: { state: 'RUNNING' } })
})

await t.test('it comes back: after a kill, after a restore', { timeout: 10 * MINUTE }, async (t) => {
  await server.run('systemctl kill -s KILL --kill-whom=main eims')
  const back = async () => {
    for (let round = 0; round < 60; round++) {
      const nodes = await server.get<{ items: unknown[] }>('nodes').catch(() => null)
      if (nodes) return nodes.items.length
      await sleep(1000)
    }
    return null
  }
  await sleep(3000)
  t.equal(await back(), 1)
  await server.eims('backup', '/root/eims.backup')
  await server.eims('nodes', 'add', 'unit-2', '--serial', 'SN-0902')
  await server.eims('restore', '/root/eims.backup', '--force')
  await sleep(3000)
  t.equal(await back(), 1, 'without the second one')
  t.match(await server.get(`nodes/${id}`), { instance: { state: 'RUNNING' } })
})
