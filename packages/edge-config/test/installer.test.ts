import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { until } from '@eims/lab'
import t, { type Test } from 'tap'
import { type Facts, renderConfig, unmetBy } from '../src/index.ts'
import { configOf, system, told } from './support/config.ts'

// One promise: an installer runs until it has ended once, what it came to is noted, and no immutable OS gets one.

const facts: Facts = { nodeName: 'pos-17', nics: [], imageType: 'mutable', account: null, siteProxy: null }
const HERE = 'var/lib/eims/installer'
const config = (script: string) => configOf(system(`installer: {script: ${JSON.stringify(script)}}\n`))

/** A unit on which the config's files are, in the first boot of an instance. */
function unit(t: Test, script: string, instance = 'run-1'): string {
  const root = t.testdir()
  const { cloudConfig } = renderConfig(config(script), facts)
  for (const file of cloudConfig.write_files as { path: string; content: string; permissions?: string }[]) {
    mkdirSync(dirname(join(root, file.path)), { recursive: true })
    writeFileSync(join(root, file.path), file.content)
    chmodSync(join(root, file.path), Number.parseInt(file.permissions ?? '0644', 8))
  }
  become(root, instance)
  return root
}
const become = (root: string, instance: string) => {
  mkdirSync(join(root, 'var/lib/cloud/data'), { recursive: true })
  writeFileSync(join(root, 'var/lib/cloud/data/instance-id'), `${instance}\n`)
}
const run = (root: string, minutes = 1) => {
  const { status, stdout } = spawnSync('python3', [join(root, HERE, 'run.py'), String(minutes), root], {
    env: { PATH: process.env.PATH, ROOT: root },
    encoding: 'utf8',
  })
  return { status, stdout }
}
const noted = (root: string): unknown => JSON.parse(readFileSync(join(root, HERE, 'result.json'), 'utf8'))
const lines = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0)

await t.test('it runs once, and a failure is noted with its last words', async (t) => {
  const root = unit(
    t,
    'echo ran >>"$ROOT/ran"; for each in $(seq 30); do echo line $each; done; echo bad >&2; exit 3\n',
  )
  const first = run(root)
  t.equal(first.status, 3)
  t.match(first.stdout, /^line 1\n[\s\S]*line 30\nbad\n$/, 'all of it is said')
  t.match(noted(root), { instanceId: 'run-1', status: 3, lastLines: /^line 12\n[\s\S]*\nbad$/ })
  t.strictSame(run(root), { status: 3, stdout: '' }, 'not again')
  t.equal(lines(join(root, 'ran')), 1)
  become(root, 'run-2')
  t.equal(run(root).status, 3)
  t.equal(lines(join(root, 'ran')), 2, 'an OS that is made of this one’s disk has its own')
})

await t.test('cut in the middle it runs again', async (t) => {
  const root = unit(t, 'echo ran >>"$ROOT/ran"; until [ -e "$ROOT/go-on" ]; do sleep 0.1; done\n')
  const child = spawn('python3', [join(root, HERE, 'run.py'), '1', root], {
    env: { PATH: process.env.PATH, ROOT: root },
  })
  await until(() => lines(join(root, 'ran')) === 1)
  const ended = new Promise((resolve) => child.on('close', resolve))
  child.kill('SIGKILL')
  child.stdout.destroy()
  await ended
  t.notOk(existsSync(join(root, HERE, 'result.json')))
  writeFileSync(join(root, 'go-on'), '')
  t.equal(run(root).status, 0)
  t.equal(lines(join(root, 'ran')), 2)
})

await t.test('what ends it otherwise', async (t) => {
  const slow = unit(t, 'echo slow; sleep 600\n')
  t.equal(run(slow, 0.005).status, 124)
  t.match(noted(slow), { status: 124, lastLines: 'slow\neims: it was ended after 0.005 minutes' })
  const killed = unit(t, 'kill -9 $$\n')
  t.equal(run(killed).status, 137)
  const none = unit(t, '#!/no/such/interpreter\n')
  t.equal(run(none).status, 127)
  t.match(noted(none), { status: 127, lastLines: /No such file/ })
  const unheard = unit(t, 'head -c 300000 /dev/zero | tr "\\0" "\\n"; echo end\n')
  const child = spawn('python3', [join(unheard, HERE, 'run.py'), '1', unheard], {
    env: { PATH: process.env.PATH, ROOT: unheard },
  })
  child.stdout.destroy()
  await until(() => child.exitCode !== null)
  t.match(noted(unheard), { status: 0, lastLines: /end$/ }, 'nobody reads what it says')
  const daemon = unit(t, '#!/bin/bash\nsleep 20 & echo begun\n')
  t.equal(run(daemon).status, 0, 'what it leaves running keeps nobody waiting')
  t.match(noted(daemon), { status: 0, lastLines: 'begun' })
})

await t.test('with the network up, waited for, and said on the console', async (t) => {
  const { cloudConfig } = renderConfig(config('true\n'), facts)
  const files = cloudConfig.write_files as { path: string; content: string }[]
  const service = files.find(({ path }) => path === '/etc/systemd/system/eims-installer.service')?.content
  for (const line of ['After=network-online.target', 'Type=oneshot', 'StandardOutput=journal+console'])
    t.match(service, new RegExp(`^${line.replace('+', '\\+')}$`, 'm'))
  t.notMatch(service, /cloud-final|multi-user|WantedBy/, 'cloud-final.service waits for it')
  t.strictSame(
    cloudConfig.runcmd,
    [': >/run/eims-installer; systemctl daemon-reload; systemctl start eims-installer.service || true'],
    'the report knows that there was to be one, though systemd may not start it',
  )
})

await t.test('an immutable OS is refused, and nothing of it is touched', async (t) => {
  t.strictSame(unmetBy(config('true\n'), { imageType: 'mutable' }), [])
  t.match(unmetBy(config('true\n'), { imageType: 'immutable' }), [{ need: 'mutable', sentence: /installer/ }])
  t.strictSame(renderConfig(config('true\n'), { ...facts, imageType: 'immutable' }).cloudConfig, {})
  t.match(told(system('installer: {timeoutMinutes: 0}\n')).mistakes, [/script is missing/, /must be 1 or more/])
})
