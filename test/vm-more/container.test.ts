import { join } from 'node:path'
import { Lan, run } from '@eims/lab'
import t from 'tap'
import { CACHE } from '../cache.ts'
import { Launched, processesIn, reachableFolder, root } from '../up/launched.ts'
import { Container } from './container/container.ts'
import { buildImage } from './container/image.ts'

// One promise: deploy/Dockerfile builds, and what it builds serves what machines boot from, out of itself: with a
// read-only file system, the capabilities of a container and no network but the bench LAN.

const MINUTE = 60_000
const secret = `lies-about-${process.pid}-${Date.now()}`
const liesAbout = {
  '.env': `EIMS_DATABASE_PASSWORD=${secret}\n`,
  '.git/config': `[http]\n\textraHeader = ${secret}\n`,
  'apps/server/node_modules/mine/index.js': secret,
  'site.tar': secret,
}

await t.test('the image of deploy/Dockerfile', { timeout: 15 * MINUTE }, async (t) => {
  const seconds = async <T>(what: string, work: Promise<T>): Promise<T> => {
    const began = performance.now()
    const result = await work
    t.comment(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
    return result
  }
  const image = await buildImage(root, liesAbout, CACHE, seconds)
  t.teardown(() => image[Symbol.asyncDispose]())
  const lan = await Lan.create({ name: 'container' })
  t.teardown(() => lan[Symbol.asyncDispose]())
  const { StopSignal } = image.config
  const container = await Container.create(image, lan.service, await reachableFolder(t))

  await t.test('holds what it needs, and nothing that lay about', async (t) => {
    const found = await run('grep', ['-rlF', secret, image.root]).catch((cause) => cause)
    t.match(found, { code: 1, stdout: /^$/ }, 'grep finds no line')
    t.equal((await run('find', [image.root, '-name', '.git'])).stdout, '', 'no repository')
    t.strictSame(
      image.config.Env.map((line) => line.replace(/=.*/, '')),
      ['PATH', 'NODE_ENV'],
    )
    t.match(await run('cat', [join(image.root, 'opt/eims/.bundled')]), { stdout: /^\d+\.\d+\.\d+ (x64|arm64) / })
  })

  let greeted = ''
  await t.test('serves what machines boot from', async (t) => {
    await t.rejects(lan.service.exec('curl', ['-sS', '-m', '5', 'http://192.0.2.1/']), 'there is no way out')
    t.equal(await container.health(), 'unhealthy', 'before it is started')
    const service = new Launched(container.start())
    t.teardown(() => service[Symbol.asyncDispose]())
    await seconds('ready', service.up())
    t.equal(await container.health(), 'healthy', 'while it serves')

    const script = await lan.site.exec('curl', ['-sSf', '-m', '20', 'http://192.168.77.1:7480/boot.ipxe'])
    t.match(script.stdout, /^#!ipxe\n.*http:\/\/192\.168\.77\.1:7480\/boot\/script\?/s)
    for (const [url, file] of [
      ['http://192.168.77.1:7480/boot/x86_64/vmlinuz', 'x86_64/vmlinuz'],
      ['http://192.168.77.1:7480/boot/x86_64/initrd.zst', 'x86_64/initrd.zst'],
      ['tftp://192.168.77.1/snponly.efi', 'ipxe/snponly.efi'],
    ] as const) {
      const fetched = await lan.site.exec('sh', ['-c', 'curl -sSf -m 60 "$1" | sha256sum', 'sh', url])
      const packed = await run('sha256sum', [join(image.root, 'opt/eims/artifacts', file)])
      t.equal(fetched.stdout.split(' ')[0], packed.stdout.split(' ')[0], url)
    }
    const mac = (await lan.site.exec('cat', ['/sys/class/net/eth0/address'])).stdout.trim()
    const discover = [join(root, 'test/up/firmware.ts'), 'discover', mac]
    const offered = await lan.site.exec(process.execPath, discover)
    t.strictSame(JSON.parse(offered.stdout), { file: `${mac.replaceAll(':', '-')}/undionly.kpxe` })
    await container.exec('./eims', 'nodes', 'add', 'pos-17', '--mac', mac)

    const { code, said, greeting } = await seconds('the end', service.end(StopSignal))
    t.strictSame({ code, said }, { code: 0, said: [] }, 'it fetched and installed nothing, and ends in order')
    t.match(greeting, /admin key, shown this once: eims_/)
    t.equal(await container.health(), 'unhealthy', 'after its end')
    t.strictSame(await processesIn(lan.service), [], 'nothing runs any more')
    greeted = greeting
  })

  await t.test('starts again with what its volume holds', async (t) => {
    const service = new Launched(container.start())
    t.teardown(() => service[Symbol.asyncDispose]())
    await seconds('ready again', service.up())
    t.match((await container.exec('./eims', 'nodes', 'list')).stdout, /pos-17/)
    const { code, said, greeting } = await service.end(StopSignal)
    t.strictSame({ code, said }, { code: 0, said: [] })
    const fingerprint = (text: string) => /SHA-256 ([0-9A-F:]{95})$/m.exec(text)?.[1] ?? 'none'
    t.match(fingerprint(greeting), /^[0-9A-F]{2}:/)
    t.equal(fingerprint(greeting), fingerprint(greeted), 'the same CA')
    t.notMatch(greeting, /admin key/, 'the same keys')
  })
})
