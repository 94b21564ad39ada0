import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { tarEnd, tarEntry } from '@eims/contracts'
import t, { type Test } from 'tap'
import { execute } from '../src/actions/table.ts'
import { thisMachine } from '../src/machine.ts'
import { useTools } from '../src/tools.ts'
import { action } from './support/agent.ts'
import { chose, fakeContext, reasonIn } from './support/context.ts'
import { MIB } from './support/disks.ts'
import { fakeSource, sha256 } from './support/image.ts'
import { fakeMachine, put } from './support/machine.ts'

const archive = zstdCompressSync(
  Buffer.concat([
    tarEntry('usr/sbin/mkfs.it', Buffer.from('#!'), 0, 0o755),
    tarEntry('lib/m/b_c.ko', Buffer.from('m'), 0),
    tarEnd,
  ]),
)

/** A Micro-OS whose list names one archive; modules are "loaded" into a list. */
function setUp(t: Test, { bytes = archive, listed = {} }: { bytes?: Buffer; listed?: object } = {}) {
  const machine = fakeMachine(t, [{ name: 'vda', size: 40 * MIB }])
  const own = thisMachine(null, true)
  const busybox = machine.busybox.bind(machine)
  machine.busybox = async (applet, ...args) =>
    applet === 'tar' ? own.busybox(applet, ...args) : busybox(applet, ...args)
  const tool = { sha256: sha256(archive), size: archive.length, modules: ['lib/m/a.ko', 'lib/m/b-c.ko'], ...listed }
  put(join(machine.root, 'eims/tools.json'), JSON.stringify({ mkfs: tool }))
  put(join(machine.sysRoot, 'module/a/refcnt'), '0')
  const source = fakeSource(new Map([[sha256(archive), bytes]]))
  return { machine, source, context: fakeContext(t, machine, { chunks: [source] }) }
}

await t.test('an archive is fetched by its digest, unpacked and loaded once a boot', async (t) => {
  const { machine, source, context } = setUp(t)
  await useTools(context, ['mkfs'])
  const program = join(machine.root, 'usr/sbin/mkfs.it')
  t.equal(readFileSync(program, 'utf8'), '#!')
  t.equal(statSync(program).mode & 0o777, 0o755)
  t.strictSame(
    machine.calls,
    [['insmod', join(machine.root, 'lib/m/b-c.ko')]],
    'what a driver has brought is not loaded again',
  )
  await useTools(context, ['mkfs'])
  t.strictSame(source.asked, [sha256(archive)])
})

await t.test('other bytes than the listed ones are not unpacked', async (t) => {
  const other = Buffer.from(archive)
  other[other.length - 1]! ^= 1
  const { machine, context } = setUp(t, { bytes: other })
  t.match(await reasonIn(useTools(context, ['mkfs'])), { code: 'chunk-missing' })
  t.notOk(existsSync(join(machine.root, 'usr')))
  t.strictSame(machine.calls, [])
})

await t.test('what the Micro-OS does not list, and what does not unpack, is told', async (t) => {
  const { context } = setUp(t)
  t.match(await reasonIn(useTools(context, ['kexec'])), { code: 'tool-missing', slots: { tool: 'kexec' } })
  const noArchive = Buffer.from('no archive')
  const listed = { sha256: sha256(noArchive), size: noArchive.length }
  const broken = setUp(t, { listed })
  broken.context.chunks = [fakeSource(new Map([[listed.sha256, noArchive]]))]
  t.match(await reasonIn(useTools(broken.context, ['mkfs'])), { code: 'tool-unusable' })
  const plain = fakeContext(t, fakeMachine(t))
  await useTools(plain, [])
  t.match(await reasonIn(useTools(plain, ['mkfs'])), { code: 'tool-missing' })
})

await t.test('an action has its tools, and the chosen disk’s own names, before its handler begins', async (t) => {
  const { machine, context } = setUp(t)
  writeFileSync(
    join(machine.root, 'eims/tools.json'),
    readFileSync(join(machine.root, 'eims/tools.json'), 'utf8').replace('mkfs', 'filesystems'),
  )
  Object.assign(context, {
    results: chose('/dev/vda', 40 * MIB),
    env: { DISK: '/dev/chosen', OTHER: '/dev/chosen-few' },
  })
  const { action: plain } = action('it')
  const seen: unknown[] = []
  const uses = { kind: 'builtin', builtin: 'chroot' } as const
  const with_ = {
    partition: 1,
    fsType: null,
    command: 'mkfs /dev/chosen1',
    interpreter: '',
    resolvConf: false,
    devices: [],
  }
  await execute({ ...plain, uses, with: with_ }, context, {
    async chroot({ command }, { env }) {
      seen.push(command, env, existsSync(join(machine.root, 'usr/sbin/mkfs.it')))
      return { result: { partition: 1, exitCode: 0 } }
    },
  })
  t.strictSame(seen, ['mkfs /dev/vda1', { DISK: '/dev/vda', OTHER: '/dev/chosen-few' }, true])
})
