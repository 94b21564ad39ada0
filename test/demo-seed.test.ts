import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { cloudInitDocuments } from '@eims/cloud-config'
import t from 'tap'

// One promise: the demo OS finds in a real seed what it reports with, whatever else a profile puts there.

await t.test('what a profile and a site put there is left aside', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'eims-seed-'))
  t.teardown(() => rm(dir, { recursive: true }))
  const urls = ['http://192.168.77.1:7480/agent/v1/phone-home', 'https://192.168.77.1:7443/agent/v1/phone-home']
  const { metaData, userData } = cloudInitDocuments({
    node: { name: 'demo-1', nics: [] },
    instanceId: '0190a1b2',
    profile: { account: { userName: 'edge', sshKeys: ['ssh-ed25519 AAAA https://not.one'] } },
    site: { httpProxy: 'http://proxy:3128', noProxy: ['lan'], ntpServers: ['192.168.77.2'] } as never,
    phoneHome: { urls, token: 'eims_Tok-en', caPem: null },
  })
  await writeFile(join(dir, 'meta-data'), metaData)
  await writeFile(join(dir, 'user-data'), userData)
  const script = resolve(import.meta.dirname, '../deploy/demo-os/read-seed')
  await promisify(execFile)('busybox', ['sh', script, dir, dir])

  const read = (name: string) => readFile(join(dir, name), 'utf8')
  t.equal(await read('hostname'), 'demo-1\n')
  t.equal(await read('instance-id'), '0190a1b2\n')
  t.equal(await read('token'), 'eims_Tok-en\n')
  t.equal(await read('urls'), `${urls.join('\n')}\n`)
  t.equal((await readdir(dir)).length, 6)
})
