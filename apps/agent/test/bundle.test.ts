import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { NextReply, SiteParameters } from '@eims/contracts'
import { until } from '@eims/lab'
import t from 'tap'
import { action, session } from './support/agent.ts'
import { tempDir } from './support/context.ts'
import { stubServer } from './support/stub-server.ts'

const root = join(import.meta.dirname, '../../..')

/** The one file that goes into the Micro-OS, run in an empty directory with nothing beside it. */
const dir = tempDir(t)
const bundle = join(dir, 'agent.mjs')
const flags = ['--bundle', '--platform=node', '--format=esm', '--target=node24', `--outfile=${bundle}`]
execFileSync(join(root, 'node_modules/.bin/esbuild'), ['apps/agent/src/main.ts', ...flags, '--log-level=error'], {
  cwd: root,
})

function site(server: string): string {
  const parameters: SiteParameters = {
    version: 1,
    servers: [server],
    mirrors: [],
    siteCa: null,
    httpProxy: null,
    noProxy: null,
    ntpServers: [],
    bootToken: 'boot-token-0123456789',
    bootMac: null,
    serverTime: new Date().toISOString(),
    debug: false,
  }
  const path = join(tempDir(t), 'site.json')
  writeFileSync(path, JSON.stringify(parameters))
  return path
}

await t.test('it needs nothing but Node', async (t) => {
  const imports = [...readFileSync(bundle, 'utf8').matchAll(/^import .* from "([^"]+)"/gm)].map((match) => match[1]!)
  t.strictSame(
    imports.filter((name) => !name.startsWith('node:')),
    [],
  )
})

await t.test('it onboards this machine, does an action and waits', async (t) => {
  let done = false
  const server = await stubServer(t, {
    onboard: () => session,
    next: (): NextReply =>
      done
        ? { kind: 'wait', reason: { code: 'not-asked-for', slots: {}, text: 'Nothing to do' }, retrySeconds: 1 }
        : action('look'),
    report: ({ state }) => {
      done ||= state === 'SUCCEEDED'
      return { cancelled: false, leaseSeconds: 30 }
    },
  })
  const state = join(dir, 'state')
  mkdirSync(state)
  const agent = spawn(process.execPath, [bundle], {
    cwd: dir,
    env: { EIMS_SITE: site(server.base), EIMS_STATE: state },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => agent.kill('SIGKILL'))
  let screen = ''
  agent.stdout.on('data', (data: Buffer) => (screen += data.toString()))
  await until(() => screen.includes('Waiting: Nothing to do'))
  t.match(screen, /^This is not the Micro-OS: disks, clock and power of this machine are left alone\n/)
  t.match(screen, /node {5}bench-7\n\[1\/1\] look\n/)
  t.notMatch(screen, /boot-token/)
  t.ok(
    screen.split('\n').every((line) => line.length < 80),
    'fits on 80 columns',
  )
  t.ok(server.onboards[0]!.inventory.memory > 0)
})

await t.test('without site parameters it says so and ends', async (t) => {
  const run = promisify(execFile)(process.execPath, [bundle], { env: { EIMS_SITE: '/nonexistent', EIMS_STATE: dir } })
  const { code, stdout } = (await run.catch((error: unknown) => error)) as { code: number; stdout: string }
  t.equal(code, 1)
  t.match(stdout, /The site parameters in \/nonexistent cannot be read/)
})
