import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { httpChunks } from '../src/http/chunks.ts'
import { openServers } from '../src/http/servers.ts'
import { openSession } from '../src/http/session.ts'
import { trustOnly } from '../src/http/trust.ts'
import { openState } from '../src/state.ts'
import { trouble } from '../src/trouble.ts'

const dir = t.testdir()

/** A certificate that signs itself, with openssl: a CA and its only server in one. */
function certificate(name: string, subject: string, ...more: string[]): { cert: string; key: string; file: string } {
  const [file, key] = [join(dir, `${name}.crt`), join(dir, `${name}.key`)]
  const make = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-keyout', key, '-out', file]
  execFileSync('openssl', [...make, '-addext', `subjectAltName=${subject}`, ...more], { stdio: 'pipe' })
  return { cert: readFileSync(file, 'utf8'), key: readFileSync(key, 'utf8'), file }
}

/** A TLS server that counts what reaches it above TLS. */
async function serve(t: Test, shown: { cert: string; key: string }) {
  const asked: string[] = []
  const server = createServer(shown, (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.end('bytes')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const site = certificate('site', 'IP:127.0.0.1')
const another = certificate('another', 'IP:127.0.0.1')
const { signal } = new AbortController()
const fetchChunk = (url: string) => httpChunks(url, () => null).fetch('a'.repeat(64), 100, signal)
const failure = (url: string) =>
  fetchChunk(url).then(
    () => 'no failure',
    (error: unknown) => trouble(error),
  )

await t.test('the CA of site.json is trusted', async (t) => {
  trustOnly(site.cert)
  const { url } = await serve(t, site)
  t.equal((await fetchChunk(url)).toString(), 'bytes')
})

await t.test('a server of another CA gets nothing, and the screen says why', async (t) => {
  trustOnly(site.cert)
  const { url, asked } = await serve(t, another)
  t.equal(
    await failure(url),
    'its certificate is not signed by the CA of this site, so it is not spoken to (DEPTH_ZERO_SELF_SIGNED_CERT)',
  )
  t.strictSame(asked, [])
})

await t.test('nor does one with a certificate for another address', async (t) => {
  const named = certificate('named', 'IP:192.168.77.1')
  trustOnly(named.cert)
  const { url, asked } = await serve(t, named)
  t.match(await failure(url), /^its certificate does not name this address, so it is not spoken to/)
  t.strictSame(asked, [])
})

await t.test('without a CA in site.json no TLS server is trusted', async (t) => {
  trustOnly(null)
  const { url, asked } = await serve(t, site)
  t.match(await failure(url), /^its certificate is not signed by the CA of this site/)
  t.strictSame(asked, [])
})

await t.test('what Node would trust of itself is not trusted either', async (t) => {
  const { url } = await serve(t, another)
  const program = `
    import { trustOnly } from '${new URL('../src/http/trust.ts', import.meta.url).pathname}'
    import { readFileSync } from 'node:fs'
    const ask = () => fetch('${url}').then(() => 'trusted', (error) => error.cause?.code ?? String(error))
    if (process.argv[1] === 'only') trustOnly(readFileSync('${site.file}', 'utf8'))
    ask().then(console.log)`
  const run = async (...args: string[]) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, ...args], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: another.file, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    for await (const part of child.stdout) said += part
    return said.trim()
  }
  t.equal(await run(), 'trusted')
  t.equal(await run('only'), 'DEPTH_ZERO_SELF_SIGNED_CERT')
})

await t.test('the agent goes on asking, and is never talked into plain HTTP', async (t) => {
  trustOnly(site.cert)
  const { url, asked } = await serve(t, another)
  const said: string[] = []
  const stop = new AbortController()
  const session = openSession({
    servers: openServers([url], () => {}),
    state: openState(join(dir, 'state')),
    bootToken: 'tls.0123456789abcdef',
    agentVersion: '0.1.0',
    describe: async () => ({ identity: { macs: ['52:54:00:aa:00:01'] }, inventory: {} as never }),
    backOff: { first: 1, cap: 2, random: () => 1 },
    onTrouble: (text) => {
      said.push(text)
      if (said.length === 3) stop.abort()
    },
    onOnboarded: () => t.fail('onboarded'),
    onSessionLost: () => t.fail('gave the session up'),
  })
  await t.rejects(session.next(stop.signal))
  for (const text of said) t.match(text, new RegExp(`^${url}: its certificate is not signed by the CA of this site`))
  t.strictSame(asked, [])
})
