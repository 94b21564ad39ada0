import { hash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ProfileInput } from '@eims/contracts'
import { RESERVED } from '@eims/medium'
import t from 'tap'
import { image } from './support/image.ts'
import { mediumArtifacts } from './support/medium-artifacts.ts'
import { printedBy } from './support/printed-by.ts'

// One promise: a medium is made of a server's image, customized twice and given back as it was, by verbs alone.

const dir = t.testdir()
await mediumArtifacts(dir)
const raw = Buffer.alloc(4096, 'x')
const frame = Buffer.from('a frame')
const manifest = Buffer.from(
  JSON.stringify({
    version: 1,
    compression: 'zstd',
    architecture: 'x86_64',
    rawSize: raw.length,
    rawSha256: hash('sha256', raw),
    frames: [
      {
        offset: 0,
        length: raw.length,
        size: frame.length,
        sha256: hash('sha256', frame),
        rawSha256: hash('sha256', raw),
      },
    ],
    zeros: [],
  }),
)
const blobs = new Map([manifest, frame].map((bytes) => [`/blobs/${hash('sha256', bytes)}`, bytes]))
const ready = {
  ...image,
  name: 'debian-13',
  architecture: 'x86_64',
  state: 'ready',
  manifestSha256: hash('sha256', manifest),
  rawSize: raw.length,
  frameCount: 1,
}
const profile = (name: string, config?: string) => ({
  ...ProfileInput.parse({ name, image: 'debian-13', config }),
  id: `id-${name}`,
  isDefault: false,
  createdAt: ready.createdAt,
  updatedAt: ready.createdAt,
})
const replies: Record<string, object> = {
  '/api/v1/images/debian-13': ready,
  '/api/v1/profiles/plain': profile('plain'),
  '/api/v1/profiles/till': profile('till', 'version: 1\noperatingSystem:\n  ntpServers: [till.example]\n'),
}
const server = createServer((request, response) => {
  const bytes = blobs.get(request.url ?? '')
  const reply = replies[request.url ?? '']
  const found = bytes ?? (reply ? JSON.stringify(reply) : null)
  response.writeHead(found === null ? 404 : 200, {
    'content-type': bytes ? 'application/octet-stream' : 'application/json',
  })
  response.end(found ?? '{}')
})
await once(server.listen(0, '127.0.0.1'), 'listening')
t.teardown(() => void server.close())
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const eims = (...argv: string[]) =>
  printedBy(t, ['boot-media', ...argv], { EIMS_ROOT: dir, EIMS_SERVER: url, EIMS_KEY: 'a-key' })

const out = join(dir, 'pos.img')
const put = (name: string, text: string) => {
  writeFileSync(join(dir, name), text)
  return join(dir, name)
}
const config = put(
  'pos.yaml',
  'version: 1\noperatingSystem:\n  ntpServers: [ntp.example]\n  users:\n    - username: edge\n      plainPassword: secret-words\n',
)

await t.test('made of an image', async (t) => {
  const made = JSON.parse(await eims('installer', out, '--image', 'debian-13', '--from', url, '--json'))
  t.match(made, { file: out, customized: false, seal: /^[0-9a-f]{64}$/ })
  t.equal(hash('sha256', readFileSync(out)), made.sha256)
  t.match(JSON.parse(await eims('show', out, '--check', '--json')), {
    pristine: made.sha256,
    profiles: [{ name: 'debian-13', image: 'debian-13', overwrite: false }],
    customized: false,
    reports: [],
  })
})

const pristine = readFileSync(out)

await t.test('customized twice, only its reserved area changes; reset gives the pristine one back', async (t) => {
  const where = () => {
    const now = readFileSync(out)
    const pages = Array.from({ length: Math.ceil(now.length / 4096) }, (_, nth) => nth * 4096)
    const differ = pages.filter((at) => !now.subarray(at, at + 4096).equals(pristine.subarray(at, at + 4096)))
    return { first: differ[0]!, last: differ.at(-1)! }
  }
  t.match(await eims('customize', out, '--config', config), /for every machine, with one config-file/)
  const { first, last } = where()
  t.ok(last - first < RESERVED.length)
  t.notMatch(readFileSync(out).toString('latin1'), 'secret-words', 'a password stands there as its hash')
  t.match(
    await eims('show', out),
    /customized +for every machine, with one config-file[\s\S]+ntp\.example[\s\S]+\*\*\*/,
  )
  const list = put('units.csv', 'Serial;Name;Config\nSN-1;pos-1;pos.yaml\nSN-2;pos-2;\n')
  t.match(
    await eims('customize', out, '--list', list),
    /for 2 machines, 1 with its own config-file, the others without one/,
  )
  t.equal(where().first, first)
  t.match(JSON.parse(await eims('show', out, '--json', '--check')), {
    config: null,
    units: [{ serial: 'SN-1', name: 'pos-1', config: 'pos.yaml' }, { name: 'pos-2' }],
    pristine: hash('sha256', pristine),
  })
  t.match(await eims('reset', out), /as it was made/)
  t.ok(readFileSync(out).equals(pristine))
})

await t.test('what is wrong is told with its line and column, and nothing is written', async (t) => {
  const wrong = put('wrong.yaml', 'version: 1\noperatingSystem:\n  nonsense: 1\n')
  t.match(
    await eims('customize', out, '--config', wrong),
    /wrong\.yaml has mistakes:\n.*wrong\.yaml:3:\d+: mistake: operatingSystem\.nonsense/,
  )
  const list = put('wrong.csv', 'Serial,Name,Config\nSN-1,pos 1,\nSN-2,pos-2,wrong.yaml\n')
  t.match(await eims('customize', out, '--list', list), /wrong\.csv:2: name must be a host name/)
  t.match(await eims('installer', join(dir, 'never.img'), '--image', 'debian-13', '--config', wrong), /wrong\.yaml:3/)
  t.match(await eims('customize', out), /give --config, --list or both/)
  t.match(await eims('installer', out), /give --image, or --profile/)
  t.match(
    await eims('installer', out, '--image', 'a', '--profile', 'b', '--profile', 'c'),
    /--image is for one profile/,
  )
  t.match(await eims('customize', config, '--config', config), /pos\.yaml is no medium that installs without a server/)
  const spoilt = Buffer.from(pristine)
  spoilt[spoilt.indexOf('a frame')]! ^= 1
  writeFileSync(join(dir, 'spoilt.img'), spoilt)
  t.match(await eims('show', join(dir, 'spoilt.img'), '--check'), /its piece [0-9a-f]{64}: damaged/)
  t.ok(readFileSync(out).equals(pristine))
})

await t.test('a medium whose list does not fit never stands under its name without it', async (t) => {
  const file = join(dir, 'large.img')
  const rows = Array.from({ length: 9500 }, (_, nth) => `SN-${nth}-${'0'.repeat(20)},till-${nth}-${'x'.repeat(20)}\n`)
  const list = put('large.csv', `Serial,Name\n${rows.join('')}`)
  const fits = put('small.csv', `Serial,Name\n${rows.slice(0, 10).join('')}`)
  t.match(
    await eims('installer', file, '--image', 'debian-13', '--from', url, '--list', list),
    /the medium has room for/,
  )
  t.notOk(existsSync(file))
  const made = JSON.parse(
    await eims('installer', file, '--image', 'debian-13', '--from', url, '--list', fits, '--json'),
  )
  t.match(made, { customized: true, sha256: hash('sha256', pristine) }, 'its hash is that of the pristine one')
  t.equal(JSON.parse(await eims('show', file, '--json')).units.length, 10)
})

await t.test('a profile brings its own config-file, but never to the machines of another profile', async (t) => {
  const file = join(dir, 'profiles.img')
  const make = (...more: string[]) => eims('installer', file, '--from', url, '--json', ...more)
  const shown = async () => JSON.parse(await eims('show', file, '--json'))
  await make('--profile', 'till')
  t.match(await shown(), { config: /till\.example/ })
  for (const order of [
    ['till', 'plain'],
    ['plain', 'till'],
  ]) {
    const both = order.flatMap((name) => ['--profile', name])
    t.match(await make(...both), /has a config-file of its own.*--config FILE.*column Config of --list/)
    t.match(await make(...both, '--config', config), /"customized": *true/)
  }
  const both = ['--profile', 'plain', '--profile', 'till']
  const all = put('all.csv', 'Serial,Name,Config\nSN-1,till-1,pos.yaml\n')
  t.match(await make(...both, '--list', all), /"customized": *true/)
  t.match(await shown(), { config: null })
  const some = put('some.csv', 'Serial,Name,Config\nSN-1,till-1,pos.yaml\nSN-2,till-2,\n')
  t.match(await make(...both, '--list', some), /column Config of --list/)
})
