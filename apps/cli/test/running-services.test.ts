import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startTick } from '@eims/contracts'
import t from 'tap'
import { chooseServer } from '../src/connection.ts'
import { dataHere, runningServices } from '../src/running-services.ts'

/** As this process would announce itself. */
const alive = {
  pid: process.pid,
  startTick: startTick(readFileSync('/proc/self/stat', 'utf8')),
  network: readlinkSync('/proc/self/ns/net'),
  dataDir: '/srv/eims',
}
const folderOf = (files: Record<string, unknown>) =>
  t.testdir(Object.fromEntries(Object.entries(files).map(([name, content]) => [name, JSON.stringify(content)])))

await t.test('only what still runs, in this network namespace, counts', async (t) => {
  const folder = folderOf({
    '1.json': alive,
    '2.json': { ...alive, startTick: '1', dataDir: '/the/number/was/given/again' },
    '3.json': { ...alive, pid: 4_194_304, dataDir: '/was/killed' },
    '4.json': { ...alive, network: 'net:[1]', dataDir: '/elsewhere' },
    '5.json': 'no service',
    '6.json.new': { ...alive, dataDir: '/half/written' },
  })
  t.same(runningServices(folder), ['/srv/eims'])
  t.same(runningServices(join(folder, 'none')), [], 'none was ever started, or we are not root')
})

await t.test('the one that runs is meant, else the usual place; of several one has to be named', async (t) => {
  t.equal(dataHere([]), '/var/lib/eims')
  t.equal(dataHere(['/srv/eims']), '/srv/eims')
  t.throws(() => dataHere(['/srv/two', '/srv/one']), {
    message: '2 services run on this machine; say which one with --data: /srv/one, /srv/two',
    exitCode: 2,
  })
})

await t.test('verbs ask the server that runs here, with the key that it left', async (t) => {
  const home = t.testdir()
  const dataDir = join(home, 'data')
  mkdirSync(dataDir)
  writeFileSync(join(dataDir, 'local.json'), '{"url":"http://127.0.0.1:7000","key":"its key"}')
  const server = { url: 'http://127.0.0.1:7000', key: 'its key', local: true }
  const env = { HOME: home }
  t.same(
    chooseServer({}, env, () => [dataDir]),
    server,
  )
  t.same(
    chooseServer({ data: dataDir }, env, () => [dataDir, '/other']),
    server,
    'one that is named is not asked for',
  )
  t.throws(() => chooseServer({}, env, () => [dataDir, '/other']), { message: /^2 services run/ })
  t.throws(() => chooseServer({ data: '/typo' }, env, () => [dataDir]), {
    message: `no server has its data in /typo; of those that run here: ${dataDir}`,
    exitCode: 3,
  })
  t.throws(() => chooseServer({ data: '/typo' }, env, () => []), {
    message: /^no server is known that has its data in \/typo; start one/,
  })
})
