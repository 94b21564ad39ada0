import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { neededLibraries } from '../elf.ts'
import { AGENT, builtFiles, folder } from './built.ts'

t.setTimeout(600_000)

await t.test('Node has every library it needs, and everything belongs to nobody and no time', async (t) => {
  const { files } = await builtFiles(t)
  const libraries = new Map([...files].map(([path, file]) => [path.replace(/^.*\//, ''), file]))
  const queue = neededLibraries(files.get('bin/node')!.bytes)
  t.ok(queue.includes('libstdc++.so.6'))
  for (const name of queue) {
    t.ok(libraries.has(name), name)
    for (const more of neededLibraries(libraries.get(name)!.bytes)) if (!queue.includes(more)) queue.push(more)
  }
  t.ok(files.has('lib64/ld-linux-x86-64.so.2'), 'the loader is where programs look for it')
  t.equal(files.get('eims/agent.mjs')?.bytes.toString(), AGENT)
  for (const [path, { uid, gid, mtime }] of files) {
    if (uid !== 0 || gid !== 0 || mtime !== 0) t.fail(`${path} has an owner or a time`)
  }
})

await t.test('no login, no shell without being asked for, no secrets', async (t) => {
  const { files } = await builtFiles(t)
  const init = files.get('init')!
  t.equal(init.mode, 0o100755)
  for (const [path, { bytes }] of files) {
    if (!path.startsWith('eims/') && path !== 'init') continue
    t.notMatch(bytes.toString(), /getty|login|telnetd|inetd|sulogin/, path)
  }
  t.notOk(files.has('eims/site.json'), 'the site comes with each boot')
  t.notOk([...files.keys()].some((path) => /(^|\/)(passwd|shadow|authorized_keys)$/.test(path)))

  const lines = init.bytes.toString().split('\n')
  const shells = lines.flatMap((line, index) => (/cttyhack|setsid/.test(line) ? [index] : []))
  t.equal(shells.length, 1, 'one place starts a shell')
  const gate = lines.slice(0, shells[0]).findLastIndex((line) => line.startsWith('if '))
  t.equal(
    lines[gate],
    `if grep -qwF eims.debug /proc/cmdline || grep -Eq '"debug"[[:space:]]*:[[:space:]]*true' /eims/site.json 2>/dev/null; then`,
  )
  t.notOk(lines.slice(gate, shells[0]).includes('fi'), 'and only behind that gate')
})

await t.test('the scripts are right for the shell that runs them', async (t) => {
  const { files } = await builtFiles(t)
  const work = await folder(t)
  const busybox = join(work, 'busybox')
  writeFileSync(busybox, files.get('bin/busybox')!.bytes, { mode: 0o755 })
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n')
  for (const name of ['init', 'eims/console', 'eims/drivers', 'eims/network', 'eims/lease', 'eims/fetch-runtime']) {
    const script = files.get(name)!.bytes
    t.equal(execFileSync(busybox, ['sh', '-n'], { input: script, encoding: 'utf8' }), '', name)
  }
  const used = [
    'mount',
    'mkfifo',
    'tee',
    'modprobe',
    'udhcpc',
    'ip',
    'setsid',
    'cttyhack',
    'reboot',
    'poweroff',
    'blockdev',
    'wget',
    'ssl_client',
    'sha256sum',
    'timeout',
    'stat',
  ]
  for (const applet of used) t.ok(applets.includes(applet), applet)
})
