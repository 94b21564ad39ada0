import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Lan } from '@eims/lab'
import t, { type Test } from 'tap'
import { CACHE } from '../cache.ts'
import { Launched, processesIn, root } from '../up/launched.ts'
import { FreshDebian } from './fresh-debian.ts'

// One promise: on a Debian with nothing but its own npm, ./eims installs all that it needs, serves what machines boot
// from, ends in order, and starts again without any network.

const MINUTE = 60_000
const CHECKOUT = '/opt/eims'

const seconds = async <T>(t: Test, what: string, work: Promise<T>): Promise<T> => {
  const began = performance.now()
  const result = await work
  t.comment(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
  return result
}

await t.test('a fresh machine', { timeout: 20 * MINUTE }, async (t) => {
  const lan = await Lan.create({ name: 'fresh' })
  t.teardown(() => lan[Symbol.asyncDispose]())
  const folder = join(CACHE, 'test-benches', `fresh-${process.pid}`)
  const machine = await seconds(t, 'Debian 12 with its npm', FreshDebian.create(folder, CACHE))
  t.teardown(() => machine[Symbol.asyncDispose]())
  await machine.copyCheckout(root, CHECKOUT)
  const up = () => new Launched(machine.spawn([`${CHECKOUT}/eims`, 'up', '--interface', 'br0'], lan.service))

  await t.test('prepare installs what is missing and names it first', async (t) => {
    const child = machine.spawn([`${CHECKOUT}/eims`, 'prepare'])
    let said = ''
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n').filter(Boolean))
          t.comment(`${new Date().toISOString().slice(11, 19)} ${line}`)
        said += text
      })
    const [code] = await seconds(t, 'prepare', once(child, 'close'))
    t.equal(code, 0)
    const steps = said.split('\n').filter((line) => /^eims: (fetching Node|installing|these Debian|packing)/.test(line))
    t.match(steps, [
      /^eims: fetching Node 24\.\d+\.\d+ and npm/,
      'eims: installing the npm packages of the lock file (production)',
      /^eims: these Debian packages are missing and will be installed: .*\bqemu-utils\b/,
      /^eims: packing the Micro-OS/,
    ])
  })

  await t.test('up serves what machines boot from', async (t) => {
    const service = up()
    await seconds(t, 'up', service.up())
    const fetched = async (url: string) => {
      const { stdout } = await lan.site.exec('sh', ['-c', 'curl -sSf -m 60 "$1" | sha256sum', 'sh', url])
      return stdout.split(' ')[0]
    }
    const built = async (file: string) =>
      createHash('sha256')
        .update(await readFile(join(machine.root, 'root/.cache/eims/artifacts', file)))
        .digest('hex')
    const script = await lan.site.exec('curl', ['-sSf', '-m', '20', 'http://192.168.77.1:7480/boot.ipxe'])
    t.match(script.stdout, /^#!ipxe\n.*http:\/\/192\.168\.77\.1:7480\/boot\/script\?/s)
    for (const file of ['x86_64/vmlinuz', 'x86_64/initrd.zst'])
      t.equal(await fetched(`http://192.168.77.1:7480/boot/${file}`), await built(file), file)
    for (const file of ['undionly.kpxe', 'snponly.efi'])
      t.equal(await fetched(`tftp://192.168.77.1/${file}`), await built(`ipxe/${file}`), file)

    const { code, said, greeting } = await service.end('SIGTERM')
    t.strictSame({ code, said }, { code: 0, said: [] }, 'it says nothing about installing, and ends in order')
    t.match(greeting, /admin key, shown this once: eims_/)
    t.strictSame(await processesIn(lan.service), [], 'nothing runs any more')
  })

  await t.test('it starts again, still without any network but the bench LAN', async (t) => {
    await t.rejects(lan.service.exec('curl', ['-sS', '-m', '5', 'http://192.0.2.1/']), 'there is no way out')
    const service = up()
    const began = performance.now()
    await seconds(t, 'up again', service.up())
    t.ok(performance.now() - began < 30_000, 'within 30 s')
    const { code, said, greeting } = await service.end('SIGTERM')
    t.strictSame({ code, said }, { code: 0, said: [] })
    t.notMatch(greeting, /admin key/, 'with the registry of the first start')
  })
})
