import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { until } from '@eims/lab'
import t, { type Test } from 'tap'
import { sha256 } from '../cache.ts'
import { builtFiles, folder } from './built.ts'

// Promise: the runtime is fetched from whoever has it, however often that breaks off, and is used only when it is the right one.

t.setTimeout(600_000)

const { files } = await builtFiles(t)
const busybox = files.get('bin/busybox')!.bytes
const script = readFileSync(join(import.meta.dirname, '../fetch-runtime'))

const runtime = randomBytes(700_000)
const digest = sha256(runtime)
const path = `/blobs/${digest}`

/** A machine's root with busybox and the script, in which it is run as in the initrd. */
async function machine(
  t: Test,
  site: { servers: string[]; mirrors?: string[] },
  medium: Record<string, string | Buffer> | null = null,
) {
  const root = await folder(t)
  for (const name of ['bin', 'dev', 'proc', 'run', 'eims']) mkdirSync(join(root, name))
  writeFileSync(join(root, 'bin/busybox'), busybox, { mode: 0o755 })
  execFileSync('chroot', [root, '/bin/busybox', '--install', '-s', '/bin'])
  writeFileSync(join(root, 'eims/fetch-runtime'), script, { mode: 0o755 })
  writeFileSync(join(root, 'eims/runtime.digest'), `${digest} ${runtime.length}\n`)
  const parameters = { version: 1, mirrors: [], siteCa: null, bootMac: '52:54:00:aa:00:01', ...site }
  writeFileSync(join(root, 'eims/site.json'), JSON.stringify(parameters))
  if (medium) writeFileSync(join(root, 'eims/medium.json'), '{"seal":{}}\n')
  for (const [name, bytes] of Object.entries(medium ?? {})) writeFileSync(join(root, 'eims', name), bytes)
  const said: string[] = []
  const enter = 'mount -t proc proc "$1/proc" && mount --bind /dev "$1/dev" && exec chroot "$1" /eims/fetch-runtime'
  const process = spawn('unshare', ['-m', 'sh', '-c', enter, 'sh', root], {
    env: { PATH: '/bin:/sbin:/usr/bin:/usr/sbin' },
  })
  for (const stream of [process.stdout, process.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => said.push(...text.split('\n').filter(Boolean)))
  const { promise: ended, resolve } = Promise.withResolvers<number | null>()
  process.on('close', resolve)
  t.teardown(() => process.kill())
  const at = join(root, 'run/runtime.squashfs')
  return { said, ended, came: () => (existsSync(at) ? sha256(readFileSync(at)) : null) }
}

/** A server of a site or a mirror; gives its base URL and what it was asked. */
async function source(t: Test, answer: RequestListener, port = 0) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.url}${request.headers.range ? ` ${request.headers.range}` : ''}`)
    answer(request, response)
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(port, '127.0.0.1', resolve)
  await promise
  const close = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  t.teardown(close)
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close }
}

const send = (response: ServerResponse, bytes: Buffer) =>
  response.writeHead(200, { 'content-length': bytes.length }).end(bytes)

/** Has the runtime, whole and in parts. */
const has: RequestListener = ({ url, headers }: IncomingMessage, response) => {
  if (url !== path) return response.writeHead(url?.startsWith('/boot/failed') ? 200 : 404).end()
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
  if (from === 0) return send(response, runtime)
  const range = `bytes ${from}-${runtime.length - 1}/${runtime.length}`
  response
    .writeHead(206, { 'content-length': runtime.length - from, 'content-range': range })
    .end(runtime.subarray(from))
}
const lacks: RequestListener = (_, response) => response.writeHead(404).end()

await t.test('from the first source that has it, mirrors before servers', async (t) => {
  const [empty, full, server] = [await source(t, lacks), await source(t, has), await source(t, has)]
  const { said, ended, came } = await machine(t, { servers: [server.base], mirrors: [empty.base, `${full.base}/`] })
  t.equal(await ended, 0)
  t.equal(came(), digest)
  t.strictSame([empty.asked, full.asked, server.asked], [[path], [path], []])
  t.strictSame(said, [
    `eims: fetching the runtime (0.7 MB) from ${empty.base}`,
    `eims: ${empty.base} sent 0 of 700000 bytes of the runtime: server returned error: HTTP/1.1 404 Not Found`,
    `eims: fetching the runtime (0.7 MB) from ${full.base}`,
    said.at(-1)!,
  ])
  t.match(said.at(-1), /^eims: the runtime is here and whole, after \d+ s$/)
})

await t.test('what is not the one that it was built with is refused, in words, and reported', async (t) => {
  const tampered = Buffer.from(runtime)
  tampered[400_000]! ^= 1
  const mirror = await source(t, (_, response) => send(response, tampered))
  const server = await source(t, has)
  const { said, ended, came } = await machine(t, { servers: [server.base], mirrors: [mirror.base] })
  t.equal(await ended, 0)
  t.equal(came(), digest, 'and the next source asked')
  t.strictSame(server.asked, ['/boot/failed?stage=runtime-refused&mac=52:54:00:aa:00:01', path])
  t.ok(
    said.includes(
      `eims: REFUSED: what ${mirror.base} sent is not the runtime that this Micro-OS was built with (SHA-256 ${sha256(tampered)}, not ${digest})`,
    ),
  )
})

await t.test('what is longer than it is to be is cut off', async (t) => {
  const sockets = new Set<Socket>()
  const mirror = await source(t, ({ socket }, response) => {
    sockets.add(socket)
    const more = () => {
      while (response.write(runtime));
    }
    response.writeHead(200).on('drain', more)
    more()
  })
  const server = await source(t, has)
  const { said, ended, came } = await machine(t, { servers: [server.base], mirrors: [mirror.base] })
  t.equal(await ended, 0)
  t.equal(came(), digest)
  t.match(said[1], /^eims: REFUSED: /)
  const sent = [...sockets].map(({ bytesWritten }) => bytesWritten)
  t.ok(sent.length === 1 && sent[0]! >= runtime.length && sent[0]! < 100e6, `${sent.join()} bytes`)
})

await t.test('a connection that breaks off is taken up where it was', async (t) => {
  let times = 0
  const server = await source(t, (request, response) => {
    times += 1
    if (times > 1) return has(request, response)
    response.writeHead(200, { 'content-length': runtime.length })
    response.write(runtime.subarray(0, 300_000), () => setImmediate(() => response.destroy()))
  })
  const { said, ended, came } = await machine(t, { servers: [server.base] })
  t.equal(await ended, 0)
  t.equal(came(), digest)
  const got = Number(/ sent (\d+) of 700000 bytes/.exec(said[1]!)![1])
  t.ok(got > 0 && got <= 300_000, said[1]!)
  t.strictSame(server.asked, [path, `${path} bytes=${got}-`])
})

await t.test('a source that trickles gives way to the next, which goes on from there', async (t) => {
  const mirror = await source(t, (request, response) => {
    if (mirror.asked.length > 3) return has(request, response)
    response.writeHead(200, { 'content-length': runtime.length })
    response.write(runtime.subarray(0, 1), () => setImmediate(() => response.destroy()))
  })
  const server = await source(t, has)
  const { ended, came } = await machine(t, { servers: [server.base], mirrors: [mirror.base] })
  t.equal(await ended, 0)
  t.equal(came(), digest)
  t.strictSame(mirror.asked, [path])
  t.strictSame(server.asked, [`${path} bytes=1-`])
})

await t.test('a bad piece of one source does not spoil what another has', async (t) => {
  const mirror = await source(t, (_, response) => {
    response.writeHead(200, { 'content-length': runtime.length })
    response.write(Buffer.from([runtime[0]! ^ 1]), () => setImmediate(() => response.destroy()))
  })
  const server = await source(t, has)
  const { said, ended, came } = await machine(t, { servers: [server.base], mirrors: [mirror.base] })
  t.equal(await ended, 0)
  t.equal(came(), digest)
  t.strictSame(server.asked, [`${path} bytes=1-`, path], 'nobody is accused')
  t.ok(said.includes(`eims: the pieces that came are not the runtime: all of it from ${server.base} alone`))
})

await t.test('a server that is away is waited for', async (t) => {
  const away = await source(t, lacks)
  await away.close()
  const { said, ended, came } = await machine(t, { servers: [away.base] })
  await until(() => said.includes('eims: no source gave the runtime, asking again in 1 s'))
  await source(t, has, Number(new URL(away.base).port))
  t.equal(await ended, 0)
  t.equal(came(), digest)
})

await t.test('a server that has another one by now is said to, and ends it', async (t) => {
  const server = await source(t, lacks)
  const { ended, came } = await machine(t, { servers: [server.base] })
  t.equal(await ended, 1)
  t.equal(came(), null)
  t.strictSame(server.asked, [path, path, path, '/boot/failed?stage=runtime-missing&mac=52:54:00:aa:00:01'])
})

await t.test('and so it is beside mirrors that are away, broken or refuse', async (t) => {
  const away = await source(t, lacks)
  await away.close()
  const busy = await source(t, (_, response) => response.writeHead(503).end())
  const wrong = await source(t, (_, response) => send(response, Buffer.alloc(runtime.length)))
  const server = await source(t, lacks)
  const mirrors = [away.base, busy.base, wrong.base]
  const { said, ended } = await machine(t, { servers: [server.base], mirrors })
  // the fourth round pauses for 8 s: had it begun, the machine would go on for ever
  const fourth = 'eims: no source gave the runtime, asking again in 8 s'
  let status: number | null | undefined
  void ended.then((code) => {
    status = code
  })
  await until(() => status !== undefined || said.includes(fourth))
  t.equal(status, 1)
  t.equal(server.asked.filter((asked) => asked === path).length, 3)
  t.equal(server.asked.at(-1), '/boot/failed?stage=runtime-missing&mac=52:54:00:aa:00:01')
})

await t.test('but not while one of the servers is away', async (t) => {
  const away = await source(t, lacks)
  await away.close()
  const server = await source(t, lacks)
  const { said, ended, came } = await machine(t, { servers: [server.base, away.base] })
  await until(() => said.includes('eims: no source gave the runtime, asking again in 4 s'))
  await source(t, has, Number(new URL(away.base).port))
  t.equal(await ended, 0)
  t.equal(came(), digest)
})

await t.test('a medium without its runtime says so, and asks nobody', async (t) => {
  const server = await source(t, lacks)
  const { said, ended } = await machine(t, { servers: [server.base] }, {})
  t.equal(await ended, 3)
  t.strictSame(server.asked, [])
  t.strictSame(said, ['eims: the runtime did not arrive with the Micro-OS of this medium: write the medium anew'])
})

await t.test(
  'a medium’s own agent and runtime are used only when they are the ones that it was made with',
  async (t) => {
    const agent = randomBytes(1000)
    const whole = { 'agent.mjs': agent, 'agent.digest': `${sha256(agent)}\n`, 'runtime.squashfs': runtime }
    const good = await machine(t, { servers: [] }, whole)
    t.equal(await good.ended, 0)
    t.strictSame(good.said, [])
    for (const name of ['agent', 'runtime'] as const) {
      const file = name === 'agent' ? 'agent.mjs' : 'runtime.squashfs'
      const spoilt = Buffer.from(whole[file])
      spoilt[500]! ^= 1
      const { said, ended } = await machine(t, { servers: [] }, { ...whole, [file]: spoilt })
      t.equal(await ended, 3)
      t.match(said, [`eims: REFUSED: the ${name} on this medium is not the one that`])
      t.equal(said.length, 1)
    }
  },
)

await t.test('over TLS, whose certificate says nothing that the digest does not', async (t) => {
  const dir = await folder(t)
  const [key, cert] = [join(dir, 'key'), join(dir, 'cert')]
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-subj', '/CN=x']
  execFileSync('openssl', made, { stdio: 'ignore' })
  const options = { key: readFileSync(key), cert: readFileSync(cert), minVersion: 'TLSv1.2' as const }
  const server = createTlsServer(options, has)
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  t.teardown(() => server.close())
  const { ended, came } = await machine(t, { servers: [`https://127.0.0.1:${(server.address() as AddressInfo).port}`] })
  t.equal(await ended, 0)
  t.equal(came(), digest)
})
