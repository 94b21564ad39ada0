import { join } from 'node:path'
import t from 'tap'
import { mediaTools } from '../src/boot-media/tools.ts'

// One promise: media are written by tools that are never the host's: a bundle's own, or those that a checkout fetched.

const MAKE = "process.stdout.write(process.argv.slice(2).join(' ') + '/of-a-key\\n')\n"

await t.test('a bundle has them with it, and makes nothing', (t) => {
  const root = t.testdir({ '.bundled': '', deploy: { 'media-tools': { 'make.ts': 'process.exit(1)' } } })
  const tools = mediaTools({ root, cacheDir: '/nowhere' })
  const folder = join(root, 'artifacts/media-tools')
  t.equal(tools.file('isolinux/isolinux.bin'), join(folder, 'isolinux/isolinux.bin'))
  t.strictSame(tools.command('qemu-img'), [
    join(folder, 'lib/ld.so'),
    '--inhibit-cache',
    '--library-path',
    join(folder, 'lib'),
    join(folder, 'bin/qemu-img'),
  ])
  t.end()
})

await t.test('a checkout asks what makes them where they are', (t) => {
  const root = t.testdir({ deploy: { 'media-tools': { 'make.ts': MAKE } } })
  t.equal(mediaTools({ root, cacheDir: '/cache' }).file('gconv'), '--cache /cache/of-a-key/gconv')
  t.end()
})

await t.test('where they cannot be fetched a sentence says what to do', (t) => {
  const root = t.testdir({ deploy: { 'media-tools': { 'make.ts': 'process.exit(1)' } } })
  t.throws(() => mediaTools({ root, cacheDir: '/cache' }), {
    name: 'Refusal',
    message: /needs a network and apt; without one use a bundle/,
  })
  t.end()
})
