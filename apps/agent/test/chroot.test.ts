import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BuiltinArgs, builtins } from '@eims/contracts'
import { until } from '@eims/lab'
import t, { type Test } from 'tap'
import { chrootHandler } from '../src/actions/chroot.ts'
import { fakeContext, reasonIn } from './support/context.ts'
import { anOs, inOwnMounts, type LoopDisk, loopDisk, RUN } from './support/loop-disk.ts'

const command: BuiltinArgs<'chroot'> = {
  partition: null,
  fsType: null,
  command: '',
  interpreter: '/bin/sh -ec',
  resolvConf: false,
  devices: [],
}

/** A Linux with nothing but busybox. */
function smallOs(folder: string): void {
  anOs(folder)
  for (const name of ['bin', 'root']) mkdirSync(join(folder, name))
  copyFileSync('/bin/busybox', join(folder, 'bin/busybox'))
  for (const name of ['sh', 'ls', 'cat', 'sleep', 'setsid', 'mount', 'mkdir', 'kill', 'dd'])
    symlinkSync('busybox', join(folder, 'bin', name))
  symlinkSync('../run/resolve/stub.conf', join(folder, 'etc/resolv.conf'))
}
const layout = { parts: [{ size: 32, fs: 'ext4' as const, tree: smallOs }, { size: 8 }] }

/** @returns the context beside the work, so that its log can be read while it runs */
function run(t: Test, disk: LoopDisk, script: string, more: Partial<typeof command> = {}, signal?: AbortSignal) {
  const context = fakeContext(t, disk.machine, {
    runId: RUN,
    results: disk.results,
    env: { GREETING: 'hello' },
    ...(signal ? { signal } : {}),
  })
  return { context, work: chrootHandler({ ...command, command: script, ...more }, context) }
}
const said = async ({ context, work }: ReturnType<typeof run>) => {
  t.strictSame(await work, { result: { partition: 1, exitCode: 0 } })
  return context.lines
}

if (!(await inOwnMounts(t, import.meta.filename))) process.exit(process.exitCode)

await t.test('a command has the system’s programs, its environment, and its output in the log', async (t) => {
  const disk = await loopDisk(t, layout)
  const lines = await said(
    run(t, disk, 'echo $GREETING $LANG; echo $PATH; printf "\\033[31mred\\033[0m\\a" >&2; echo made >/made'),
  )
  t.strictSame([...lines].sort(), [
    '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'hello C.UTF-8',
    'red',
  ])
  t.equal(disk.inside(1, 'cat made'), 'made')
  t.strictSame(disk.mounted(), [])
  t.strictSame(await said(run(t, disk, '/bin/busybox echo two words', { interpreter: '' })), ['two words'])
})

await t.test('its /dev holds the chosen disk, and no other', async (t) => {
  const disk = await loopDisk(t, layout)
  execFileSync('mknod', [join(disk.machine.devRoot, 'sdb'), 'b', '7', '200'])
  execFileSync('mknod', [join(disk.machine.devRoot, 'tpmrm0'), 'c', '253', '65537'])
  symlinkSync('sdb', join(disk.machine.devRoot, 'innocent'))
  const names =
    (await said(run(t, disk, 'for each in /dev/*; do echo $each; done; ls -l /dev/tpmrm0', { devices: ['tpmrm0'] }))) ??
    []
  t.strictSame(
    names.slice(0, -1),
    'console fd full null ptmx pts random shm stderr stdin stdout tpmrm0 tty urandom vda vda1 vda2 zero'
      .split(' ')
      .map((name) => `/dev/${name}`),
  )
  t.match(names.at(-1), /^crw.* 253, 65537 /, 'a device that a person granted is the same one')
  t.strictSame(
    await said(run(t, disk, 'dd if=/dev/vda bs=1 skip=510 count=2 2>/dev/null | /bin/busybox xxd -p')),
    ['55aa'],
    'sector 0 is in its place',
  )
  for (const [device, fault] of [
    ['sdb', 'disk'],
    ['innocent', 'disk'],
    ['none', 'missing'],
    ['../sdb', 'missing'],
  ] as const)
    t.match(await reasonIn(run(t, disk, 'true', { devices: [device] }).work), {
      code: 'device-not-granted',
      slots: { device, fault },
    })
  t.strictSame(disk.mounted(), [])
})

await t.test('no device is named by a way that leads elsewhere', async (t) => {
  const { devices } = builtins.chroot.arguments.shape
  for (const name of ['a/../../x', 'a/..', 'a/./b', '..']) t.notOk(devices.safeParse([name]).success, name)
  t.ok(devices.safeParse(['tpmrm0', 'char/1:3', 'a/..b', 'a/.b']).success)
})

await t.test('a command that fails is told by its exit code and the last that it said', async (t) => {
  const disk = await loopDisk(t, layout)
  const fails = (script: string, more = {}) => reasonIn(run(t, disk, script, more).work)
  t.match(await fails('echo first; echo no such thing; exit 7'), {
    code: 'command-failed',
    slots: { exitCode: 7, last: 'no such thing' },
  })
  t.match(await fails('kill -9 $$'), { code: 'command-failed', slots: { exitCode: 137 } })
  t.match(await fails('true', { interpreter: '/bin/zsh -c' }), { code: 'command-failed', slots: { exitCode: 127 } })
  const unmarked = await loopDisk(t, { ...layout, marked: false })
  t.match(await reasonIn(run(t, unmarked, 'true').work), { code: 'disk-not-of-this-run' })
  t.strictSame(disk.mounted(), [])
})

await t.test('what it leaves running and mounted is gone afterwards', async (t) => {
  const disk = await loopDisk(t, layout)
  const script =
    'mkdir -p /mnt/a; mount -t tmpfs none /mnt/a; cd /mnt/a; setsid sleep 98765 >/dev/null 2>&1 & sleep 98764 & echo done'
  const started = run(t, disk, script)
  t.strictSame(await said(started), ['done'])
  t.strictSame(started.context.notes, [], 'nothing was in use any more')
  t.strictSame(disk.mounted(), [])
  t.equal(running('sleep 9876'), '')
})

await t.test('one that is cancelled is killed with all that it started', async (t) => {
  const disk = await loopDisk(t, layout)
  const stop = new AbortController()
  const script = 'trap "echo no" TERM; setsid sleep 87654 & echo ready; while :; do sleep 87653; done'
  const { context, work } = run(t, disk, script, {}, stop.signal)
  const ended = reasonIn(work)
  await Promise.race([ended, until(() => context.lines.includes('ready'))])
  stop.abort(new Error('cancelled'))
  t.match(await ended, { code: 'told', slots: { text: 'cancelled' } })
  t.equal(running('sleep 8765'), '')
  t.strictSame(disk.mounted(), [])
})

await t.test('the Micro-OS’s DNS servers are its own while it runs, and then all is as it was', async (t) => {
  const disk = await loopDisk(t, layout)
  mkdirSync(join(disk.machine.root, 'etc'))
  writeFileSync(join(disk.machine.root, 'etc/resolv.conf'), 'nameserver 192.0.2.1\n')
  const with_ = { resolvConf: true }
  t.strictSame(await said(run(t, disk, 'cat /etc/resolv.conf', with_)), ['nameserver 192.0.2.1'])
  const asItWas = () =>
    t.equal(disk.inside(1, 'readlink etc/resolv.conf; ls -A etc'), '../run/resolve/stub.conf\nos-release\nresolv.conf')
  asItWas()
  t.match(
    await reasonIn(run(t, disk, '/bin/busybox rm /etc/resolv.conf; mkdir /etc/resolv.conf; exit 1', with_).work),
    { code: 'command-failed' },
  )
  asItWas()
  await said(run(t, disk, '/bin/busybox mv /etc/resolv.conf /etc/.resolv.conf.kept; echo cut >/etc/resolv.conf'))
  await said(run(t, disk, 'true', with_))
  asItWas()
  await said(run(t, disk, '/bin/busybox rm /etc/resolv.conf'))
  await said(run(t, disk, 'true', with_))
  t.equal(disk.inside(1, 'ls -A etc'), 'os-release', 'none was there, and none is')
  await said(run(t, disk, 'echo >/etc/.resolv.conf.absent; echo cut >/etc/resolv.conf'))
  await said(run(t, disk, 'true', with_))
  t.equal(disk.inside(1, 'ls -A etc'), 'os-release', 'nor is one behind a power cut')
})

/** Processes of this host by the beginning of their command lines. */
function running(command: string): string {
  const all = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n')
  return all.filter((line) => line.includes(command) && existsSync('/proc')).join('\n')
}
