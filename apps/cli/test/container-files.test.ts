import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'

// One promise: what the container files name is there, and fits what the service takes. (That an engine builds and runs
// them is proven by none of these tests: the machines that run them have no container engine.)

const root = resolve(import.meta.dirname, '../../..')
const text = (path: string) => readFileSync(join(root, path), 'utf8')

interface Service {
  command?: string[]
  network_mode?: string
  environment: Record<string, string>
  volumes: string[]
  cap_drop?: string[]
  depends_on?: Record<string, { condition: string }>
  ports?: string[]
  healthcheck?: { test: string[] }
  build?: { context: string; dockerfile: string }
}

await t.test('docker-compose.yml', async (t) => {
  const { services, volumes } = parse(text('docker-compose.yml')) as {
    services: Record<'eims' | 'postgres', Service>
    volumes: Record<string, null>
  }
  const { eims, postgres } = services
  t.equal(eims.network_mode, 'host', 'DHCP is a matter of the LAN')
  t.equal(eims.ports, undefined, 'which goes with no published port')
  t.match(eims.command, ['up', '--interface', /^\$\{EIMS_INTERFACE:\?/])
  t.match(eims.build, { context: '.', dockerfile: 'deploy/Dockerfile' })
  t.strictSame(eims.cap_drop, ['ALL'])
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
})

await t.test('deploy/Dockerfile', async (t) => {
  const lines = text('deploy/Dockerfile')
    .replaceAll(/\\\n/g, '')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
  const instructions = lines.map((line) => line.split(' ')[0])
  t.strictSame(
    instructions.filter((word) => !/^(FROM|ENV|RUN|COPY|VOLUME|HEALTHCHECK|STOPSIGNAL|ENTRYPOINT|CMD)$/.test(word!)),
    [],
  )
  t.match(lines[0], /^FROM debian:bookworm-slim$/)
  t.ok(lines.includes('COPY . /opt/eims'))
  t.ok(lines.indexOf('COPY . /opt/eims') < lines.findIndex((line) => line.startsWith('RUN /opt/eims/eims prepare')))
  for (const form of ['ENTRYPOINT', 'CMD', 'HEALTHCHECK'])
    t.ok(Array.isArray(JSON.parse(/(\[.*\])$/.exec(lines.find((line) => line.startsWith(form))!)![1]!)), form)
  const health = JSON.parse(
    /CMD (\[.*\])$/.exec(lines.find((line) => line.startsWith('HEALTHCHECK'))!)![1]!,
  ) as string[]
  t.match(health[2], /127\.0\.0\.1:7481\/healthz/)
  const left = text('.dockerignore').split('\n').filter(Boolean)
  t.ok(left.includes('node_modules'), 'packages of the host stay outside')
  for (const needed of ['eims', 'package-lock.json', 'apps', 'packages', 'prisma', 'deploy'])
    t.ok(existsSync(join(root, needed)) && !left.includes(needed), needed)
})
