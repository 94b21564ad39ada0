import { once } from 'node:events'
import { chown, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { zstdCompressSync } from 'node:zlib'
import { Lan, run } from '@eims/lab'
import t from 'tap'
import { CACHE } from '../cache.ts'
import { Launched, launcher } from '../up/launched.ts'
import { FreshDebian } from '../vm/fresh-debian.ts'

// One promise: what ./eims bundle packs runs on a Debian that has never seen a network, with an empty home; its tools for anybody.

const MINUTE = 60_000
const NOBODY = 65_534
/** A disk whose partition table (MBR) has one partition, from 1 MiB to its end. */
const disk = Buffer.alloc(9 * 1024 * 1024)
disk.writeUInt32LE(0x83, 450)
disk.writeUInt32LE(2048, 454)
disk.writeUInt32LE(disk.length / 512 - 2048, 458)
disk.writeUInt16BE(0x55aa, 510)
disk.fill('what the image holds', 5_000_000, 6_000_000)
/** What somebody brings along to make a medium of. */
const brought = {
  'pos.raw.zst': zstdCompressSync(disk),
  'one.yaml': 'version: 1.0\noperatingSystem:\n  ntpServers: [one.example]\n',
  'two.yaml': 'version: 1.0\noperatingSystem:\n  ntpServers: [two.example]\n',
  'units.csv': 'Serial,Name,Config\nSN-1,till-1,one.yaml\n',
}

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
    for (const [file, bytes] of Object.entries(brought)) await writeFile(join(own, file), bytes)
    await chown(own, NOBODY, NOBODY)
    const here = `${folder}-media`
    await mkdir(here)
    t.teardown(() => rm(here, { recursive: true, force: true }))
    for (const [file, bytes] of Object.entries(brought)) await writeFile(join(here, file), bytes)
    const inIt = async (...command: string[]) => {
      const child = machine.spawn(command, lan.service)
      const [out, said, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'close')])
      return { out, said, code: code as number }
    }
    const become = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', 'env', 'HOME=/tmp/anybody']
    const media = async (...words: string[]) => {
      const there = await inIt(...become, 'sh', '-c', 'cd && "$@"', 'sh', `${home}/eims`, 'boot-media', ...words)
      t.strictSame({ code: there.code, said: there.said }, { code: 0, said: '' }, words.join(' '))
      return there.out
    }
    const installed = (await inIt('dpkg-query', '--show')).out
    await media('usb', 'stick.img')
    const made = ['installer', 'pos.img', '--image', './pos.raw.zst', '--config', 'one.yaml', '--json']
    const { sha256 } = JSON.parse(await media(...made)) as { sha256: string }
    await media('customize', 'pos.img', '--config', 'two.yaml')
    await media('customize', 'pos.img', '--list', 'units.csv')
    t.match(JSON.parse(await media('show', 'pos.img', '--check', '--json')), {
      pristine: sha256,
      units: [{ serial: 'SN-1', name: 'till-1', config: 'one.yaml' }],
    })
    await media('reset', 'pos.img')
    t.equal((await inIt('dpkg-query', '--show')).out, installed)
    t.match(installed, /^npm\t/m)

    const options = { env: { ...process.env, EIMS_CACHE: CACHE }, cwd: here }
    await run(launcher, ['boot-media', 'usb', 'stick.img'], options)
    await run(launcher, ['boot-media', ...made.filter((word) => !/one\.yaml|--config/.test(word))], options)
    for (const file of ['stick.img', 'pos.img'])
      await run('cmp', [join(here, file), join(own, file)]).catch(() =>
        t.fail(`${file} has other bytes than the checkout’s`),
      )
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
