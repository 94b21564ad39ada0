import t from 'tap'
import { openScreen } from '../src/screen/screen.ts'

function screen() {
  const lines: string[] = []
  const clock = { now: 0 }
  const view = openScreen(
    (line) => lines.push(line),
    () => clock.now,
  )
  return { view, lines, clock }
}

await t.test('a whole provisioning', async (t) => {
  const { view, lines, clock } = screen()
  view.header({
    identity: { serial: 'SN-0001', macs: ['52:54:00:aa:00:01'], manufacturer: 'QEMU', product: 'Standard PC' },
    bootMac: '52:54:00:aa:00:01',
    server: 'http://192.168.77.1:7480',
    version: '0.1.0',
  })
  view.node('bench-7')
  view.action(3, 6, 'write-image')
  view.progress(0)
  view.progress(0.05)
  view.progress(0.12)
  clock.now = 5000
  view.progress(0.13)
  view.progress(1)
  view.end('OK', 'This machine is done and restarts into its system.')
  t.equal(
    lines.join('\n'),
    `===============================================================================
  eims agent 0.1.0
  machine  QEMU Standard PC
  serial   SN-0001
  MAC      52:54:00:aa:00:01
  server   http://192.168.77.1:7480
===============================================================================
  node     bench-7
[3/6] write-image
[3/6] write-image [###...........................] 12 %
[3/6] write-image [###...........................] 13 %
[3/6] write-image [##############################] 100 %

    ####   ##  ##
   ##  ##  ## ##${' '}
   ##  ##  ####${'  '}
   ##  ##  ###${'   '}
   ##  ##  ####${'  '}
   ##  ##  ## ##${' '}
    ####   ##  ##

This machine is done and restarts into its system.
`,
  )
})

await t.test('a reason to wait is said once, when it changes, and every minute', async (t) => {
  const { view, lines, clock } = screen()
  for (const [at, reason] of [
    [0, 'a'],
    [1000, 'a'],
    [2000, 'b'],
    [30_000, 'b'],
    [62_000, 'b'],
  ] as const) {
    clock.now = at
    view.wait(reason)
  }
  t.strictSame(lines, ['Waiting: a', 'Waiting: b', 'Waiting: b'])
})

await t.test('FAILED fits on 80 columns, and so does its reason', async (t) => {
  const { view, lines } = screen()
  view.end('FAILED', `write-image: ${'The disk gave up and nobody knows why. '.repeat(6)}${'x'.repeat(200)}`)
  t.ok(lines.length > 12)
  for (const line of lines) t.ok(line.length < 80, line)
})

await t.test('nothing that a terminal would obey gets through', async (t) => {
  const { view, lines } = screen()
  view.line('model \x1b[2J\x07\r\nEvil')
  t.strictSame(lines, ['model  [2J   Evil'])
})
