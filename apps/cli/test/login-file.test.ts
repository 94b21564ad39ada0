import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { baseUrl, chooseServer } from '../src/connection.ts'
import { loginFile, readLogin, removeLogin, writeLogin } from '../src/login-file.ts'

await t.test('only its owner reads what login stored', async (t) => {
  const file = loginFile({ HOME: t.testdir() })
  t.match(file, /\/\.config\/eims\/config\.json$/)
  t.equal(loginFile({ HOME: '/h', XDG_CONFIG_HOME: '/x' }), '/x/eims/config.json')
  t.equal(readLogin(file), null)
  const login = { server: 'https://eims.example:7444', key: 'k', ca: null }
  writeLogin(file, login)
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.equal(statSync(join(file, '..')).mode & 0o777, 0o700)
  t.strictSame(readLogin(file), login)
  chmodSync(file, 0o640)
  t.throws(() => readLogin(file), /holds a key and may be read by others; run: chmod 600/)
  chmodSync(file, 0o600)
  writeFileSync(file, '{"server": 1}')
  t.throws(() => readLogin(file), /is damaged; log in again/)
  t.equal(removeLogin(file), true)
  t.equal(removeLogin(file), false)
})

await t.test('flag, environment, login file, this machine: in that order', async (t) => {
  const home = t.testdir()
  const data = join(home, 'data')
  mkdirSync(data)
  writeFileSync(join(data, 'local.json'), JSON.stringify({ url: 'http://127.0.0.1:7481', key: 'local' }))
  const env = { HOME: home }
  t.throws(() => chooseServer({ data: join(home, 'none') }, env), { message: /^no server is known/, exitCode: 3 })
  const here = { url: 'http://127.0.0.1:7481', key: 'local', local: true }
  t.strictSame(chooseServer({ data }, env), here)
  writeLogin(loginFile(env), { server: 'https://stored', key: 'stored', ca: null })
  const stored = { url: 'https://stored', key: 'stored', local: false }
  t.strictSame(chooseServer({}, env), stored)
  t.strictSame(chooseServer({ key: 'mine' }, env), { ...stored, key: 'mine' })
  t.strictSame(chooseServer({ server: 'https://stored/' }, env), stored, 'the key that goes with it')
  t.strictSame(chooseServer({ data }, env), here, 'a data directory that is given means this machine')
  t.strictSame(chooseServer({}, { ...env, EIMS_DATA: data }), here)
  const fromEnv = { ...env, EIMS_SERVER: 'https://env', EIMS_KEY: 'env' }
  t.strictSame(chooseServer({}, fromEnv), { url: 'https://env', key: 'env', local: false })
  t.strictSame(chooseServer({ data }, fromEnv), { ...here, key: 'env' }, 'a flag goes before the environment')
  t.strictSame(chooseServer({ server: 'https://flag', key: 'flag' }, fromEnv), {
    url: 'https://flag',
    key: 'flag',
    local: false,
  })
  t.throws(() => chooseServer({ server: 'https://other' }, env), { message: /^a key is missing/, exitCode: 4 })
  t.equal(JSON.parse(readFileSync(loginFile(env), 'utf8')).key, 'stored', 'nothing of it was written')
})

await t.test('a key never goes to what is no address', async (t) => {
  t.equal(baseUrl('https://eims.example:7444/'), 'https://eims.example:7444')
  for (const text of ['eims.example', 'ftp://x', 'https://u:p@x', 'https://x/?key=1', ''])
    t.throws(() => baseUrl(text), { message: /./, exitCode: 2 }, text)
})
