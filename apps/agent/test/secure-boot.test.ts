import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { guidToBytes, Inventory } from '@eims/contracts'
import { run } from '@eims/lab'
import t, { type Test } from 'tap'
import { inventoryHandler } from '../src/actions/inventory.ts'
import { lockdown, secureBoot, secureBootKeys } from '../src/firmware/secure-boot.ts'
import { survey } from '../src/hardware/survey.ts'
import { fakeContext } from './support/context.ts'
import { fakeMachine, put } from './support/machine.ts'

// One promise: what a machine’s firmware starts is told as its variables say, and what they do not say is not made up.

const GLOBAL = '8be4df61-93ca-11d2-aa0d-00e098032b8c'
const DATABASE = 'd719b2cb-3d3a-4596-a3bc-dad00e67656f'
const X509 = 'a5c059a1-94e4-4aa7-87b5-ab155c2bf072'
const SHA256 = 'c1c41626-504c-4092-aca9-41f936934328'
const SHA384 = 'ff3e5307-9fd0-48c9-85f1-8ad56c701e01'
const RSA2048 = '3c5766e8-269c-4e34-aa14-ed776e85b3b6'

const folder = t.testdir()
const certificate = async (name: string, subject = `/C=US/O=Microsoft Corporation/CN=${name}`) => {
  const out = join(folder, `${name}.der`)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-utf8', '-keyout', '/dev/null']
  await run('openssl', ['req', '-x509', ...key, '-subj', subject, '-outform', 'DER', '-out', out])
  return readFileSync(out)
}
const uefi = await certificate('Microsoft Corporation UEFI CA 2011')
const own = await certificate('Prüfstand CA')
const nameless = await certificate('nameless', '/C=US')

function list(type: string, entry: Buffer): Buffer {
  const sizes = Buffer.alloc(12)
  sizes.writeUInt32LE(28 + 16 + entry.length, 0)
  sizes.writeUInt32LE(16 + entry.length, 8)
  return Buffer.concat([guidToBytes(type), sizes, Buffer.alloc(16), entry])
}

function machineWith(t: Test, variables: Record<string, Buffer>) {
  const machine = fakeMachine(t)
  const dir = join(machine.sysRoot, 'firmware/efi/efivars')
  mkdirSync(dir, { recursive: true })
  for (const [name, value] of Object.entries(variables))
    put(join(dir, name), Buffer.concat([Buffer.from([6, 0, 0, 0]), value]))
  return { machine, dir }
}

const sold = {
  [`SecureBoot-${GLOBAL}`]: Buffer.from([1]),
  [`SetupMode-${GLOBAL}`]: Buffer.from([0]),
  [`db-${DATABASE}`]: Buffer.concat([list(X509, uefi), list(X509, own), list(SHA256, Buffer.alloc(32, 5))]),
  [`dbx-${DATABASE}`]: Buffer.concat([list(SHA256, Buffer.alloc(32, 6)), list(SHA256, Buffer.alloc(32, 7))]),
}
const fingerprint = (der: Buffer) => createHash('sha256').update(der).digest('hex')

await t.test('a machine as it is sold', async (t) => {
  const { machine } = machineWith(t, sold)
  put(join(machine.sysRoot, 'kernel/security/lockdown'), 'none [integrity] confidentiality\n')
  const { inventory } = await survey(machine)
  t.match(inventory, { firmware: 'uefi', secureBoot: true, lockdown: 'integrity' })
  t.strictSame(inventory.secureBootKeys, {
    setupMode: false,
    trusted: {
      certificates: [
        { ca: 'microsoft-uefi-ca-2011', name: 'Microsoft Corporation UEFI CA 2011', fingerprint: fingerprint(uefi) },
        { ca: 'other', name: 'Prüfstand CA', fingerprint: fingerprint(own) },
      ],
      digests: ['05'.repeat(32)],
    },
    revoked: 2,
  })
  t.ok(Inventory.safeParse(inventory).success)
  const context = fakeContext(t, machine)
  await inventoryHandler({}, context)
  const line = 'Secure Boot on, trusted: Microsoft Corporation UEFI CA 2011, Prüfstand CA, lockdown integrity'
  t.ok(context.lines.includes(line), context.lines.join('\n'))
})

await t.test('setup mode, a database that is not there, and one that is damaged', (t) => {
  const none = machineWith(t, { [`SetupMode-${GLOBAL}`]: Buffer.from([1]), [`SecureBoot-${GLOBAL}`]: Buffer.from([0]) })
  t.strictSame(secureBootKeys(none.machine.sysRoot), {
    setupMode: true,
    trusted: { certificates: [], digests: [] },
    revoked: 0,
  })
  t.equal(secureBoot(none.machine.sysRoot), false)
  const cut = machineWith(t, { ...sold, [`db-${DATABASE}`]: list(X509, uefi).subarray(0, 99) })
  t.match(secureBootKeys(cut.machine.sysRoot), { trusted: null, revoked: 2 })
  t.end()
})

await t.test('a database of which a part cannot be told is not taken for the whole', async (t) => {
  const parts: [string, Buffer][] = [
    ['no certificate', list(X509, Buffer.from('no certificate'))],
    ['a certificate without a name', list(X509, nameless)],
    ['a public key', list(RSA2048, Buffer.alloc(256, 8))],
    ['a longer digest', list(SHA384, Buffer.alloc(48, 9))],
  ]
  for (const [name, part] of parts) {
    const { machine } = machineWith(t, { ...sold, [`db-${DATABASE}`]: Buffer.concat([list(X509, uefi), part]) })
    t.strictSame(secureBootKeys(machine.sysRoot), { setupMode: false, trusted: null, revoked: 2 }, name)
    const context = fakeContext(t, machine)
    await inventoryHandler({}, context)
    t.match(context.lines.join('\n'), 'Secure Boot on, trusted: unknown,', name)
  }
})

await t.test('more than firmware has room for is not read, and not taken for the whole', (t) => {
  const { machine, dir } = machineWith(t, sold)
  truncateSync(join(dir, `db-${DATABASE}`), 2 ** 31)
  t.match(secureBootKeys(machine.sysRoot), { trusted: null, revoked: 2 })
  const many = Array.from({ length: 65 }, () => list(X509, uefi))
  const full = machineWith(t, { ...sold, [`db-${DATABASE}`]: Buffer.concat(many) })
  t.equal(secureBootKeys(full.machine.sysRoot)?.trusted, null)
  t.end()
})

await t.test('a BIOS has none of it; a kernel without lockdown says nothing', async (t) => {
  const machine = fakeMachine(t)
  t.equal(secureBootKeys(machine.sysRoot), null)
  t.equal(await lockdown(machine), null)
  t.strictSame(machine.calls, [])
})

await t.test('securityfs is mounted where it is not yet', async (t) => {
  const machine = fakeMachine(t)
  const dir = join(machine.sysRoot, 'kernel/security')
  mkdirSync(dir, { recursive: true })
  const busybox = async (...args: string[]) => {
    t.strictSame(args, ['mount', '-t', 'securityfs', 'securityfs', dir])
    put(join(dir, 'lockdown'), '[none] integrity confidentiality\n')
    return ''
  }
  t.equal(await lockdown({ ...machine, busybox }), 'none')
  rmSync(join(dir, 'lockdown'))
  const refused = async () => {
    throw new Error('mount: permission denied')
  }
  t.equal(await lockdown({ ...machine, busybox: refused }), null)
})
