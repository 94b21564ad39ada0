import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readable, SerialConsole } from '../src/qemu/serial-console.ts'

await t.test('escape sequences and carriage returns are not what a person reads', async (t) => {
  t.equal(
    readable('\x1b[2J\x1b[01;01H\x1b[=3hBdsDxe: starting\r\n[ \x1b[0;32m OK \x1b[0m]\x1b(B\n'),
    'BdsDxe: starting\n[  OK ]\n',
  )
})

await t.test('waits for what is yet to come', async (t) => {
  const file = join(t.testdir(), 'serial.log')
  const console = new SerialConsole(file)
  const match = console.waitFor(/machine (\w+) login:/, 5000)
  await writeFile(file, 'Debian\r\n')
  await appendFile(file, 'machine \x1b[1msn1 login: ')
  t.equal((await match)[1], 'sn1')
})

await t.test('what was said before the mark does not count', async (t) => {
  const file = join(t.testdir({ log: 'login: ' }), 'log')
  const console = new SerialConsole(file)
  await console.mark()
  await appendFile(file, 'again\n')
  t.equal(await console.text(), 'again\n')
  await t.rejects(console.waitFor(/login:/, 50), {
    message: /ms passed and the console did not show \/login:\/.*again/s,
  })
})

await t.test('a machine that went off is not waited for', async (t) => {
  const console = new SerialConsole(join(t.testdir({ log: 'panic\n' }), 'log'))
  await t.rejects(
    console.waitFor(/login:/, 60_000, () => true),
    { message: /the machine went off .*panic/s },
  )
})
