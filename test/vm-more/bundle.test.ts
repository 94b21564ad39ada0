import { once } from 'node:events'
import { chown, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Lan, run } from '@eims/lab'
import t from 'tap'
import { CACHE } from '../cache.ts'
import { Launched, launcher } from '../up/launched.ts'
import { FreshDebian } from '../vm/fresh-debian.ts'

// One promise: what ./eims bundle packs runs on a Debian that has never seen a network, with an empty home; its tools for anybody.

const MINUTE = 60_000
const NOBODY = 65_534
const folder = join(CACHE, 'test-benches', `bundle-${process.pid}`)
const file = `${folder}.tar`
t.teardown(() => rm(file, { force: true }))

await t.test('a bundle on a machine without a network', { timeout: 15 * MINUTE }, async (t) => {
  await run(launcher, ['bundle', file], { timeoutMs: 5 * MINUTE, env: { ...process.env, EIMS_CACHE: CACHE } })
  const lan = await Lan.create({ name: 'bundle' })
  t.teardown(() => lan[Symbol.asyncDispose]())
  const machine = await FreshDebian.create(folder, CACHE)
  t.teardown(() => machine[Symbol.asyncDispose]())
  await run('tar', ['-xf', file, '-C', join(machine.root, 'opt')], { timeoutMs: MINUTE })
  const [name = ''] = await readdir(join(machine.root, 'opt'))
  const home = `/opt/${name}`
  t.match(await readFile(join(machine.root, home, '.bundled'), 'utf8'), /^\d+\.\d+\.\d+ (x64|arm64) debian-1\d\n$/)
  const inside = (path: string) => readFile(join(machine.root, home, path), 'utf8')
  const { components } = JSON.parse(await inside('sbom.cdx.json')) as {
    components: { name: string; version: string }[]
  }
  for (const part of ['fastify', 'busybox-static', 'qemu-utils', 'node', 'ipxe', 'xorriso'])
    t.ok(
      components.some(({ name, version }) => name === part && version !== ''),
      `the bill of materials names ${part}`,
    )
  t.match(await inside('NOTICE'), /^ {2}busybox-static \S+: .*GPL-2/m)
  t.match(await inside('LICENSE'), /Apache License/)
  const up = () => new Launched(machine.spawn([`${home}/eims`, 'up', '--interface', 'br0'], lan.service))

  await t.test('anybody writes boot media with it, and nothing is installed', async (t) => {
    const own = join(machine.root, 'tmp/anybody')
    await mkdir(own)
    await chown(own, NOBODY, NOBODY)
    const inIt = async (...command: string[]) => {
      const child = machine.spawn(command, lan.service)
      const [out, said, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'close')])
      return { out, said, code: code as number }
    }
    const become = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', 'env', 'HOME=/tmp/anybody']
    const installed = (await inIt('dpkg-query', '--show')).out
    const { code, said } = await inIt(...become, `${home}/eims`, 'boot-media', 'usb', '/tmp/anybody/stick.img')
    t.strictSame({ code, said }, { code: 0, said: '' })
    t.equal((await inIt('dpkg-query', '--show')).out, installed)
    t.match(installed, /^npm\t/m)

    const here = `${folder}.img`
    t.teardown(() => rm(here, { force: true }))
    await run(launcher, ['boot-media', 'usb', here], { env: { ...process.env, EIMS_CACHE: CACHE } })
    t.ok((await readFile(here)).equals(await readFile(join(own, 'stick.img'))), 'the same bytes as from the checkout')
  })

  await t.test('up installs its Debian packages out of itself and serves', async (t) => {
    await t.rejects(lan.service.exec('curl', ['-sS', '-m', '5', 'http://192.0.2.1/']), 'there is no way out')
    const service = up()
    await service.up()
    const initrd = 'http://192.168.77.1:7480/boot/x86_64/initrd.zst'
    const fetched = await lan.site.exec('sh', ['-c', 'curl -sSf -m 60 "$1" | sha256sum', 'sh', initrd])
    const packed = await run('sha256sum', [join(machine.root, home, 'artifacts/x86_64/initrd.zst')])
    t.equal(fetched.stdout.split(' ')[0], packed.stdout.split(' ')[0], 'the Micro-OS of the bundle')
    const { code, said, greeting } = await service.end('SIGTERM')
    t.equal(code, 0)
    t.equal(said.length, 1, said.join('\n'))
    t.match(said[0], /^eims: these Debian packages are missing and will be installed: .*qemu-utils/)
    t.match(greeting, /admin key, shown this once: eims_/)
  })

  await t.test('again, and with what it cannot have', async (t) => {
    const service = up()
    await service.up()
    const doctor = new Launched(machine.spawn([`${home}/eims`, 'doctor', '--json', '--interface', 'br0'], lan.service))
    const { greeting } = await doctor.ended
    const checks = JSON.parse(greeting) as { name: string; result: string; says: string }[]
    const told = Object.fromEntries(checks.map(({ name, result, says }) => [name, `${result}: ${says}`]))
    t.match(told, {
      'iPXE files': /^ok/,
      'Micro-OS for x86_64': /^ok/,
      'address of br0': /^ok/,
      'DHCP on br0': 'fail: No DHCP server offers an address.',
    })
    t.strictSame((await service.end('SIGTERM')).said, [])
    const child = machine.spawn([`${home}/eims`, 'up', '--interface', 'br0', '--architecture', 'mips'], lan.service)
    t.equal((await new Launched(child).ended).code, 2)
    const home_ = (await readdir(join(machine.root, 'root'), { recursive: true })).filter((path) =>
      path.includes('node'),
    )
    t.strictSame(home_, [], 'nothing was fetched into the home')
  })
})
