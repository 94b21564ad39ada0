import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'

// One promise: what the container files name is there, fits what the service takes, and gives no more than it needs.
// That they can be built and run: test/vm-more/container.test.ts.

const root = resolve(import.meta.dirname, '../../..')
const text = (path: string) => readFileSync(join(root, path), 'utf8')

interface Service {
  image: string
  command?: string[]
  network_mode?: string
  environment: Record<string, string>
  volumes: string[]
  cap_drop?: string[]
  cap_add?: string[]
  security_opt?: string[]
  read_only?: boolean
  init?: boolean
  tmpfs?: string[]
  depends_on?: Record<string, { condition: string }>
  ports?: string[]
  healthcheck?: { test: string[] }
  build?: { context: string; dockerfile: string; args: Record<string, string> }
  logging: { driver: string; options: Record<string, string> }
}

const compose = parse(text('docker-compose.yml')) as {
  services: Record<'eims' | 'postgres', Service>
  volumes: Record<string, null>
}

await t.test('docker-compose.yml', async (t) => {
  const { services, volumes } = compose
  const { eims, postgres } = services
  t.equal(eims.network_mode, 'host', 'DHCP is a matter of the LAN')
  t.equal(eims.ports, undefined, 'which goes with no published port')
  t.match(eims.command, ['up', '--interface', /^\$\{EIMS_INTERFACE:\?/])
  t.match(eims.build, { context: '.', dockerfile: 'deploy/Dockerfile' })
  t.strictSame(eims.depends_on, { postgres: { condition: 'service_healthy' } })
  t.match(postgres.healthcheck?.test, ['CMD-SHELL', /pg_isready/])
  t.match(postgres.ports, [/^127\.0\.0\.1:.*:5432$/], 'the database is open to this host only')
  const filled = eims.environment
    .EIMS_DATABASE_URL!.replace(/\$\{EIMS_DATABASE_PASSWORD:\?[^}]*\}/, 'secret')
    .replace('${EIMS_DATABASE_PORT:-5433}', '5433')
  const url = new URL(filled)
  t.strictSame(
    [url.protocol, url.username, url.host, url.pathname],
    ['postgresql:', postgres.environment.POSTGRES_USER, '127.0.0.1:5433', `/${postgres.environment.POSTGRES_DB}`],
  )
  const used = [...eims.volumes, ...postgres.volumes].map((line) => line.split(':')[0])
  t.strictSame(
    Object.keys(volumes).sort(),
    used.sort((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1)),
  )
  for (const service of [eims, postgres])
    t.match(service.logging.options, { 'max-size': /^\d+m$/, 'max-file': /^\d+$/ })
})

await t.test('the service in docker-compose.yml may no more than it needs', async (t) => {
  const { eims } = compose.services
  t.strictSame(eims.cap_drop, ['ALL'])
  t.strictSame(eims.cap_add, ['NET_BIND_SERVICE'])
  t.strictSame(eims.security_opt, ['no-new-privileges:true'])
  t.equal(eims.read_only, true)
  t.strictSame(eims.tmpfs, ['/tmp'])
  t.strictSame(eims.volumes, ['eims:/var/lib/eims'], 'the only place that can be written')
  t.equal(eims.init, true, 'a signal ends it also before the service listens for one')
})

/** The instructions of deploy/Dockerfile, a stage a list. */
const stages = text('deploy/Dockerfile')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line && !line.startsWith('#'))
  .reduce<string[][]>((found, line) => {
    if (line.startsWith('FROM ')) found.push([])
    found.at(-1)!.push(line)
    return found
  }, [])
const [debian = [], bundle = [], image = []] = stages

await t.test('deploy/Dockerfile', async (t) => {
  t.strictSame(
    stages
      .flat()
      .map((line) => line.split(' ')[0]!)
      .filter(
        (word) => !/^(FROM|ARG|ENV|LABEL|RUN|COPY|WORKDIR|VOLUME|HEALTHCHECK|STOPSIGNAL|ENTRYPOINT|CMD)$/.test(word),
      ),
    [],
  )
  t.strictSame(
    stages.map(([from]) => from),
    ['FROM docker.io/library/debian:bookworm-slim AS debian', 'FROM debian AS bundle', 'FROM debian'],
  )
  const list = /source=(\S+),target=/.exec(debian.join('\n'))?.[1]
  t.equal(list, 'deploy/debian/up.txt')
  t.ok(bundle.indexOf('COPY . /src') < bundle.findIndex((line) => /\/src\/eims bundle .* \$BUNDLE_OPTIONS/.test(line)))
  t.notOk(
    image.some((line) => /apt-get|npm (ci|install)|curl|^COPY (?!--from=bundle )/.test(line)),
    'the last stage takes what was made, and needs no network',
  )
  const copies = image.filter((line) => line.startsWith('COPY'))
  t.strictSame(
    copies,
    ['COPY --from=bundle /npm /opt/eims', 'COPY --from=bundle /opt/eims /opt/eims'],
    'what changes least comes first',
  )
  t.ok(image.includes('VOLUME /var/lib/eims') && image.includes('WORKDIR /opt/eims'))
  for (const form of ['ENTRYPOINT', 'CMD', 'HEALTHCHECK'])
    t.ok(Array.isArray(JSON.parse(/(\[.*\])$/.exec(image.find((line) => line.startsWith(form))!)![1]!)), form)
  t.notOk(/password|secret|token/i.test(stages.flat().join('\n')), 'nothing secret is in a layer')
})

await t.test('the health check tells a server that works from one that does not, and from none', async (t) => {
  const [program = '', ...args] = JSON.parse(
    / CMD (\[.*\])$/.exec(image.find((line) => line.startsWith('HEALTHCHECK'))!)![1]!,
  ) as string[]
  t.match(args[1], /127\.0\.0\.1:7481\/readyz/, 'the port of administration, as it is without --admin-port')
  let status = 200
  const server = createServer((_, reply) => reply.writeHead(status).end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const check = async () => {
    const own = args.map((arg) => arg.replace('7481', String(port)))
    const [code] = await once(spawn(program, own, { cwd: root, stdio: 'ignore' }), 'exit')
    return code as number
  }
  t.equal(await check(), 0)
  status = 503
  t.equal(await check(), 1)
  server.close()
  await once(server, 'close')
  t.equal(await check(), 1)
})

await t.test('.dockerignore', async (t) => {
  const [first, ...lines] = text('.dockerignore')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
  t.equal(first, '*', 'nothing goes in that is not named: no .env, no image files, no packages of the host')
  const named = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  // what ./eims bundle packs, and what builds the Micro-OS
  for (const needed of ['eims', 'package.json', 'package-lock.json', 'README.md', 'CHANGELOG.md', 'docs', 'prisma'])
    t.ok(existsSync(join(root, needed)) && named.includes(needed), needed)
  for (const needed of ['apps', 'packages', 'deploy', '.npmrc'])
    t.ok(existsSync(join(root, needed)) && named.includes(needed), needed)
  const optional = 'firmware' // an operator's own
  t.strictSame(
    named.filter((name) => name !== optional && !existsSync(join(root, name))),
    [],
    'and what is named is there',
  )
  t.ok(lines.includes('**/node_modules'))
})
