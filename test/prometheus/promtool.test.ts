import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Lan } from '@eims/lab'
import t from 'tap'
import { CACHE } from '../cache.ts'
import { launch, launcher, reachableFolder, root } from '../up/launched.ts'
import { fetchPromtool } from './promtool.ts'

// One promise: what Prometheus is given, by the service and in deploy/prometheus, its own promtool has nothing to say to.

const promtool = await fetchPromtool(CACHE)

await t.test('the page of metrics, of a service that a machine asked something', async (t) => {
  await using lan = await Lan.create({ name: 'promtool' })
  const folder = await reachableFolder(t)
  const data = join(folder, 'data')
  await using service = launch(lan.service, ['--interface', 'br0', '--data', data])
  await service.up()
  const mac = '52:54:00:aa:00:01'
  await lan.service.exec(launcher, ['nodes', 'add', 'pos-17', '--mac', mac, '--data', data])
  await lan.site.exec(process.execPath, [join(root, 'test/up/firmware.ts'), 'discover', mac])
  await lan.site.exec('curl', ['-sf', `http://192.168.77.1:7480/boot/script?mac=${mac}&arch=x86_64&platform=pcbios`])
  const { url, key } = JSON.parse(await readFile(join(data, 'local.json'), 'utf8')) as { url: string; key: string }
  const { stdout: page } = await lan.service.exec('curl', [
    '-sf',
    '-H',
    `authorization: Bearer ${key}`,
    `${url}/metrics`,
  ])
  t.match(page, /^eims_dhcp_messages_total\{interface="br0",type="discover",outcome="replied"\} 1$/m)
  t.match(page, /^eims_boot_requests_total\{interface="br0",what="script"\} 1$/m)
  t.equal(await promtool(['check', 'metrics'], page), '')
})

await t.test('the example of alerts, and of a configuration', async (t) => {
  const of = (name: string) => join(root, 'deploy/prometheus', name)
  t.equal(await promtool(['check', 'rules', of('eims-alerts.yml')]), '')
  t.equal(await promtool(['check', 'config', '--syntax-only', of('prometheus.yml')]), '')
})

await t.test('it does complain', async (t) => {
  t.match(
    await promtool(['check', 'metrics'], '# TYPE eims_nodes_total gauge\neims_nodes_total 1\n'),
    /eims_nodes_total/,
  )
})
