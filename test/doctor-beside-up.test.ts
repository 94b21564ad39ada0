import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandFailed, Lan, startSiteDhcp } from '@eims/lab'
import t from 'tap'
import { launch, launcher, reachableFolder } from './up/launched.ts'

// One promise: beside a running service the doctor takes it for no stranger, and a machine that was heard is explained.

const dir = await mkdtemp(join(tmpdir(), 'eims-beside-'))
t.teardown(() => rm(dir, { recursive: true, force: true }))
const lan = await Lan.create({ name: 'beside-up' })
t.teardown(() => lan[Symbol.asyncDispose]())
const site = await startSiteDhcp({ segment: lan.bench, dir })
t.teardown(() => site.stop())
const data = join(await reachableFolder(t), 'data')
const service = launch(lan.service, ['--interface', 'br0', '--data', data])
t.teardown(() => service[Symbol.asyncDispose]())
await service.up()

const eims = async (...args: string[]): Promise<string> => {
  try {
    return (await lan.service.exec(launcher, [...args, '--data', data])).stdout
  } catch (error) {
    if (error instanceof CommandFailed && error.code === 1) return error.stdout
    throw error
  }
}
const doctor = async () => {
  const checks = JSON.parse(await eims('doctor', '--json')) as { name: string; result: string; says: string }[]
  return Object.fromEntries(checks.map(({ name, result, says }) => [name, `${result}: ${says}`]))
}

await t.test('all is well, without naming the interface', async (t) => {
  t.match(await doctor(), {
    'interface br0': 'ok: It is up with 192.168.77.1.',
    'ports on br0': 'ok: The service that runs here has them.',
    'service on br0': 'ok: It answers at http://192.168.77.1:7480 and hears DHCP there.',
    'DHCP on br0': 'ok: 192.168.77.2 gives the addresses.',
    'PXE servers on br0': 'ok: Nobody else tells machines what to boot.',
    database: 'ok: It answers the service that runs here.',
  })
})

await t.test('the machine that asked, here the doctor itself, is explained', async (t) => {
  const told = await eims('nodes', 'explain', '02:65:69:6d:73:01')
  t.match(told, /^02:65:69:6d:73:01, not registered\n\nIn progress: It asks for an address; last heard \d+ s ago\.\n/)
  t.match(told, /Heard\n.*DISCOVER on port 67 from x64 UEFI\n\nAnswered\n.*offered to answer on port 4011\n/)
  t.match(
    await eims('nodes', 'explain', '52:54:00:aa:00:99'),
    /It waits\. Nothing was heard of 52:54:00:aa:00:99 on br0/,
  )
})

await t.test('the site’s DHCP server is gone', async (t) => {
  await site.stop()
  t.match(await doctor(), { 'DHCP on br0': /^fail: No DHCP server offers an address/ })
})
