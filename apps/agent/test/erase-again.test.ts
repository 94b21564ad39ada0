import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { eraseDisk } from '../src/actions/erase-disk.ts'
import { Failure } from '../src/failure.ts'
import type { Machine } from '../src/machine.ts'
import { chose, reasonIn } from './support/context.ts'
import { erased, hdparmI } from './support/eraser.ts'
import { at, ata, completed, OLD, SIZE } from './support/erasing.ts'
import { addDisk } from './support/machine.ts'

/** A disk with a password: when the power comes back it is locked, and answers no reads until it hears that. */
function withPassword(t: Test, password: string | null) {
  const state = { password, locked: password !== null, stop: new AbortController() }
  const security = () => [
    state.password === null ? 'not enabled' : ' enabled',
    state.locked ? ' locked' : 'not locked',
    'not frozen',
  ]
  const given = at(t, {
    bus: 'ata',
    programs(words, node) {
      if (words === 'hdparm -I') return { text: hdparmI({ security: security() }) }
      if (words === 'hdparm --sanitize-status') return { text: completed }
      const [, command, said] = /^hdparm --user-master u (--security-\S+) (\S+)$/.exec(words) ?? []
      const refused = { code: 5, text: `${command}: Input/output error` }
      if (command === '--security-set-pass') state.password = said!
      else if (said !== state.password) return refused
      else if (command === '--security-unlock') state.locked = false
      else if (command === '--security-disable') state.password = null
      else {
        if (state.locked) return refused
        state.password = null
        return erased(node)
      }
      return {}
    },
  })
  const machine: Machine = {
    ...given.machine,
    async openDisk(path, mode) {
      const disk = await given.machine.openDisk(path, mode)
      const slots = { disk: path, doing: 'read', offset: 0, text: 'EIO' } as const
      const read: typeof disk.read = (...place) =>
        state.locked ? Promise.reject(new Failure({ code: 'disk-error', slots })) : disk.read(...place)
      return { ...disk, read }
    },
  }
  const erase = () => given.erase('secure', { machine, signal: state.stop.signal })
  return { ...given, state, erase }
}

await t.test('ATA: a disk that kept our password over a power cut is unlocked with it, and erased', async (t) => {
  const { state, asked, erase, isBlank } = withPassword(t, 'eims')
  t.match((await erase()).result, { method: 'ata-secure-erase' })
  t.ok(isBlank())
  t.equal(state.password, null)
  t.notOk(asked.some((words) => words.includes('set-pass')))
})

await t.test('ATA: a disk that is locked with another password is told', async (t) => {
  const { erase, node } = withPassword(t, 'another')
  t.match(await reasonIn(erase()), {
    code: 'disk-cannot-erase',
    slots: { tried: [{ method: 'ata-secure-erase', fault: 'locked' }] },
  })
  t.ok(readFileSync(node).equals(OLD))
})

await t.test('ATA: a run that is cancelled leaves no password behind', async (t) => {
  const { state, erase, asked } = withPassword(t, null)
  const { stop } = state
  const programs = asked.push.bind(asked)
  asked.push = (...words) => {
    if (words[0]?.includes('--security-set-pass')) stop.abort(new Error('cancelled'))
    return programs(...words)
  }
  await t.rejects(erase(), { message: 'cancelled' })
  t.equal(state.password, null)
  t.equal(asked.at(-1), 'hdparm --user-master u --security-disable eims')
})

await t.test(
  'a disk that has got another name is told under that, and the disk that has its old one is not',
  async (t) => {
    const serial = (text: string) => Buffer.concat([Buffer.from([0, 0x80, 0, text.length]), Buffer.from(text)])
    const { machine, node, asked, context } = at(t, {
      bus: 'ata',
      attributes: { 'device/vpd_pg80': serial('OURS') },
      programs: ata({
        identify() {
          identified += 1
          if (identified === 2) {
            renameSync(join(machine.sysRoot, 'block/sda'), join(machine.sysRoot, 'block/sdb'))
            renameSync(node, join(machine.devRoot, 'sdb'))
            const bus = 'pci0000:00/0000:00:17.0/ata2/host1/target1:0:0/1:0:0:0/block'
            addDisk(machine, { name: 'sda', bus, size: SIZE, attributes: { 'device/vpd_pg80': serial('OTHER') } })
          }
          return hdparmI()
        },
        erase: () => erased(join(machine.devRoot, 'sdb')),
      }),
    })
    let identified = 0
    const choice = { ...chose('/dev/sda', SIZE)['choose-disk'], serial: 'OURS' }
    const { result } = await eraseDisk(1)({ method: 'secure' }, { ...context, results: { 'choose-disk': choice } })
    t.match(result, { method: 'ata-secure-erase', disk: '/dev/sdb', serial: 'OURS' })
    const told = (words: string) => words.endsWith(join(machine.devRoot, 'sdb'))
    t.strictSame(asked.filter((words) => words.includes('--security-')).map(told), [true, true])
  },
)
