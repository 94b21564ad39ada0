import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { NodeDetail, Profile, Site } from '@eims/contracts'
import { Lan } from '@eims/lab'
import { migrate, openRegistry, startEmbeddedPostgres } from '@eims/registry'
import t from 'tap'
import { launch, launcher, reachableFolder, root } from './up/launched.ts'

// One promise: a data directory that the very first version of the registry made is brought forward by up, and a backup
// of it is restored into a new one.

const FIRST = '0001_init'
const lan = await Lan.create({ name: 'upgrade' })
t.teardown(() => lan[Symbol.asyncDispose]())
const folder = await reachableFolder(t)
const data = join(folder, 'data')
const file = join(folder, 'site.backup')

/** As the first version wrote them: a site, an image, a profile, a node that is finished, its run and its timeline. */
const rows = `
  insert into site (id, name, signing_key, ntp_servers) values ('s1', 'warehouse', decode(repeat('ab', 32), 'hex'), '{10.0.0.1}');
  insert into image (id, name, architecture, format, state, raw_size, raw_sha256, source_sha256, manifest_sha256, frame_count, stored_size)
    values ('i1', 'debian', 'x86_64', 'raw', 'ready', 4096, repeat('a', 64), repeat('a', 64), repeat('a', 64), 1, 100);
  insert into profile (id, site_id, name, image_id, architecture, finish, overwrite, account, phone_home_timeout)
    values ('p1', 's1', 'standard', 'i1', 'x86_64', 'reboot', true, '{"userName": "edge", "sshKeys": []}', 1800);
  update site set default_profile_id = 'p1';
  insert into node (id, site_id, name, registered, profile_id, state, desired_state, status_text, status_indicator)
    values ('n1', 's1', 'pos-1', true, 'p1', 'ONBOARDED', 'ONBOARDED', 'running', 'IDLE');
  insert into node_identifier (id, node_id, kind, value, shown) values ('k1', 'n1', 'serial', 'sn-1', 'SN-1'),
    ('k2', 'n1', 'mac', '52:54:00:aa:00:01', '52:54:00:aa:00:01');
  insert into instance (id, node_id, profile_id, state, desired_state, status_text, status_indicator, ssh_host_keys)
    values ('o1', 'n1', 'p1', 'RUNNING', 'RUNNING', 'running', 'IDLE', '{}');
  insert into run (id, node_id, instance_id, state) values ('r1', 'n1', 'o1', 'SUCCEEDED');
  insert into event (kind, at, last_at, node_id, run_id, message) values ('run.ended', now(), now(), 'n1', 'r1', 'The run succeeded');
  insert into log (node_id, run_id, action_id, attempt, at, stream, text) values ('n1', 'r1', 'write-image', 1, now(), 'agent', 'written')`

async function firstVersion(): Promise<void> {
  const directory = join(folder, 'migrations')
  await mkdir(directory)
  await cp(join(root, 'prisma/migrations', FIRST), join(directory, FIRST), { recursive: true })
  await mkdir(join(data, 'postgres'), { recursive: true })
  await using postgres = await startEmbeddedPostgres({ dataDir: join(data, 'postgres') })
  const { applied } = await migrate({ url: postgres.url, directory })
  if (applied.join() !== FIRST) throw new Error(`applied ${applied.join()}`)
  const registry = openRegistry({ url: postgres.url })
  for (const sql of rows.split(/;\n/)) await registry.db.$executeRawUnsafe(sql)
  await registry.close()
}

/** A verb of the tool beside the service; its reply, parsed. */
async function eims<T>(from: string, ...words: string[]): Promise<T> {
  const child = lan.service.spawn(launcher, [...words, '--json', '--data', from], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`eims ${words.join(' ')} ended with ${code}`)
  return JSON.parse(said) as T
}

async function whatIsThere(from: string) {
  const node = await eims<NodeDetail>(from, 'nodes', 'show', 'SN-1')
  const { name, state, status, macs, instance, site } = node
  const profile = await eims<Profile>(from, 'profiles', 'show', 'standard')
  const { defaultProfile, ntpServers } = await eims<Site>(from, 'site', 'show')
  return [
    name,
    state,
    status.reason,
    macs,
    instance?.state,
    site,
    profile.image,
    profile.account?.userName,
    defaultProfile,
    ntpServers,
  ]
}
const asItWas = [
  'pos-1',
  'ONBOARDED',
  { code: 'told', slots: { text: 'running' }, text: 'running' },
  ['52:54:00:aa:00:01'],
  'RUNNING',
  'warehouse',
  'debian',
  'edge',
  'standard',
  ['10.0.0.1'],
]

await t.test('up brings it forward, and everything is there', async (t) => {
  await firstVersion()
  await using service = launch(lan.service, ['--interface', 'br0', '--data', data])
  await service.up()
  t.strictSame(await whatIsThere(data), asItWas)
  t.match(await eims(data, 'backup', file, '--no-images'), { nodes: 1, images: 1, lacking: 0 })
  t.equal((await service.end('SIGTERM')).code, 0)
})

await t.test('its backup goes into an empty data directory, and the service begins anew', async (t) => {
  const other = join(folder, 'other')
  const before = launch(lan.service, ['--interface', 'br0', '--data', other])
  await before.up()
  t.match(await eims(other, 'restore', file), { site: 'warehouse', held: 0, endedRuns: 0 })
  const { code, said } = await before.ended
  t.strictSame([code, said.at(-1)], [1, 'eims: the registry was restored from a backup; start the service again'])
  await using service = launch(lan.service, ['--interface', 'br0', '--data', other])
  await service.up()
  t.strictSame(await whatIsThere(other), asItWas)
  t.notMatch((await service.end('SIGTERM')).greeting, /admin key/, 'with the keys of the backup')
})

await t.test('what the tool refuses', async (t) => {
  const refused = async (...words: string[]) => {
    const child = spawn(launcher, [...words, '--data', data], { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    const [code] = await once(child, 'close')
    return [code, said.trim()]
  }
  t.strictSame(await refused('backup', file), [1, `eims: ${file} is there already; give a new name`])
  t.strictSame(await refused('restore', join(folder, 'none')), [1, `eims: there is no file ${folder}/none`])
  t.match(await refused('restore', join(root, 'package.json')), [1, /is no whole backup: its end is missing/])
  await rm(file)
})
