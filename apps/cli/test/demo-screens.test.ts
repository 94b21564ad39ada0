import { setImmediate as turn } from 'node:timers/promises'
import type { Machine } from '@eims/lab'
import t from 'tap'
import { momentOf, Screens } from '../src/demo/screens.ts'

// One promise: a picture is taken once of each moment that is worth one, and what failed is not named.

t.equal(momentOf({ kind: 'dhcp.discover', text: 'the firmware asks who can boot it' }), 'firmware')
t.equal(momentOf({ kind: 'dhcp.discover', text: 'iPXE asks for an address' }), null)
t.equal(momentOf({ kind: 'boot.decision', text: '' }), 'ipxe')
t.equal(momentOf({ kind: 'progress', text: '' }), null)

await t.test('who comes second waits for the picture: the machine is switched off after it', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const machine = { screenshot: () => promise } as unknown as Machine
  const screens = await Screens.create(`${t.testdir()}/screens`)
  const first = screens.take('demo-1', machine, 'running')
  let over = false
  const second = screens.take('demo-1', machine, 'running').then((shot) => {
    over = true
    return shot
  })
  await turn()
  t.notOk(over)
  resolve()
  t.match(await first, { moment: 'running' })
  t.equal(await second, null)
})

await t.test('pictures and their names', async (t) => {
  const dir = `${t.testdir()}/screens`
  const files: string[] = []
  const machine = { screenshot: async (file: string) => void files.push(file) } as unknown as Machine
  const off = { screenshot: () => Promise.reject(new Error('is off')) } as unknown as Machine
  const screens = await Screens.create(dir)
  t.equal(await screens.take('demo-1', undefined, 'firmware'), null)
  t.equal(await screens.take('demo-1', off, 'firmware'), null)
  t.strictSame(await screens.take('demo-1', machine, 'firmware'), {
    moment: 'firmware',
    path: `${dir}/demo-1-1-firmware.png`,
  })
  t.equal(await screens.take('demo-1', machine, 'firmware'), null, 'again')
  await screens.take('demo-1', machine, 'running')
  await screens.take('demo-2', machine, 'running')
  t.strictSame(
    files.map((file) => file.slice(dir.length + 1)),
    ['demo-1-1-firmware.png', 'demo-1-2-running.png', 'demo-2-1-running.png'],
  )
  t.equal(screens.of('demo-1').length, 2)
})
