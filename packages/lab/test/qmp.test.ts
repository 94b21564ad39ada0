import { PassThrough } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { Qmp } from '../src/qemu/qmp.ts'

function qmp() {
  const fromQemu = new PassThrough()
  const toQemu = new PassThrough({ encoding: 'utf8' })
  return { qmp: new Qmp(fromQemu, toQemu), fromQemu, toQemu }
}

await t.test('commands are answered by their id, events are kept, lines may come in pieces', async (t) => {
  const { qmp: machine, fromQemu, toQemu } = qmp()
  const answer = machine.execute('query-status')
  const refused = machine.execute('nonsense', { a: 1 })
  await turn()
  t.equal(
    toQemu.read(),
    `{"execute":"qmp_capabilities","arguments":{},"id":1}
{"execute":"query-status","arguments":{},"id":2}
{"execute":"nonsense","arguments":{"a":1},"id":3}
`,
  )
  fromQemu.write('{"QMP": {"version": {}}}\r\n{"return": {}, "id": 1}\r\n{"event": "RESET", "timestamp": {}}\r\n{"ret')
  fromQemu.write(
    'urn": {"running": true}, "id": 2}\r\n{"id": 3, "error": {"class": "X", "desc": "no such command"}}\r\n',
  )
  t.same(await answer, { running: true })
  await t.rejects(refused, { message: 'QMP: no such command' })
  t.same(machine.events, ['RESET'])
})

await t.test('when QEMU ends, what waits is rejected, and so is what comes later', async (t) => {
  const { qmp: machine, fromQemu } = qmp()
  const waiting = machine.execute('query-status')
  fromQemu.destroy()
  await t.rejects(waiting, { message: 'QMP: the machine went off' })
  await t.rejects(machine.execute('quit'), { message: 'QMP quit: the machine is off' })
})
