import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandFailed, endProcess, Lan } from '@eims/lab'
import t from 'tap'
import { reachableFolder, root } from '../up/launched.ts'

// One promise: under systemd the sockets of an interface that was made anew are opened anew, and of no other.

const lan = await Lan.create({ name: 'reopen', subnet: '192.168.99' })
t.teardown(() => lan[Symbol.asyncDispose]())
const folder = await reachableFolder(t)
const [bin, wants, calls] = [join(folder, 'bin'), join(folder, 'wants'), join(folder, 'calls')]
await mkdir(bin)
await mkdir(wants)
for (const name of ['bench', 'never']) await symlink('/dev/null', join(wants, `eims@${name}.target`))
await writeFile(join(bin, 'systemctl'), `#!/bin/sh\necho "$@" >>${calls}\n`)
await chmod(join(bin, 'systemctl'), 0o755)

const opener = join(root, 'apps/cli/src/up/open-sockets.pl')
const plugIn = () => lan.service.ip('link', 'add', 'bench', 'type', 'bridge')
/** What it has systemd do. */
async function reopened(): Promise<string[]> {
  await writeFile(calls, '')
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` }
  await lan.service.exec(join(root, 'deploy/systemd/reopen'), [wants], { env })
  return (await readFile(calls, 'utf8')).trim().split('\n')
}
const units = ['dhcp', 'pxe', 'tftp', 'http', 'https'].map((role) => `eims-${role}@bench.socket`).join(' ')
const anew = [
  'stop eims.service',
  `reset-failed eims.service ${units} eims@bench.target`,
  `restart ${units}`,
  'start eims@bench.target',
  'start eims.service',
]

await t.test('an interface that is there at last, or is another one than before', async (t) => {
  t.strictSame(await reopened(), ['start eims.service'], 'nothing is there yet')
  await plugIn()
  t.strictSame(await reopened(), anew)
  const holder = lan.service.spawn('perl', [opener, '7480', '7443', 'bench', '--', 'sh', '-c', 'echo; sleep 600'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => endProcess(holder))
  await new Promise((resolve) => holder.stdout!.once('data', resolve))
  t.strictSame(await reopened(), ['start eims.service'], 'they are bound to it')
  await lan.service.ip('link', 'del', 'bench')
  t.strictSame(await reopened(), ['start eims.service'], 'gone')
  await plugIn()
  t.strictSame(await reopened(), anew)
})

await t.test('until then the service does not start with sockets of a device that is gone', async (t) => {
  const check = `ip link del bench; exec perl ${join(root, 'apps/cli/src/up/bound-sockets.pl')} -- true`
  const refused = lan.service.exec('perl', [opener, '7481', '7444', 'bench', '--', 'sh', '-c', check])
  const error = await refused.catch((cause: unknown) => cause)
  t.ok(error instanceof CommandFailed)
  t.equal(
    (error as CommandFailed).stderr.trim(),
    'eims: the socket dhcp@bench is bound to a device that is gone; open it anew: systemctl start eims-reopen',
  )
})
