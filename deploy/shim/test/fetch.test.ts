import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { PE_HEAD, readPe, readSignatures } from '@eims/contracts'
import { run } from '@eims/lab'
import t from 'tap'
import { fetchShim } from '../fetch.ts'

// One promise: the chain is for the right machines, and signed by those whom new firmware and old trust.

t.setTimeout(600_000)

/** PE machine types (Microsoft PE/COFF specification, section 3.3.1). */
const MACHINE = {
  'shimx64.efi': 0x8664,
  'grubx64.efi': 0x8664,
  'gcdx64.efi': 0x8664,
  'shimaa64.efi': 0xaa64,
  'grubaa64.efi': 0xaa64,
}

await t.test('who signed what', async (t) => {
  const outDir = t.testdir()
  const cacheDir = process.env.EIMS_CACHE ?? join(homedir(), '.cache', 'eims')
  const manifest = await fetchShim({ cacheDir, outDir, log: (line) => t.comment(line) })
  t.strictSame(Object.keys(manifest.files), Object.keys(MACHINE))
  const signersOf = async (name: string) => (await run('sbverify', ['--list', join(outDir, 'shim', name)])).stdout
  for (const [name, machine] of Object.entries(MACHINE)) {
    const bytes = await readFile(join(outDir, 'shim', name))
    t.equal(bytes.readUInt16LE(bytes.readUInt32LE(0x3c) + 4), machine, name)
    const signers = await signersOf(name)
    t.strictSame(
      ownSignersOf(bytes),
      [...signers.matchAll(/issuers:\n - .*\/CN=(.+)$/gm)].map((match) => match[1]),
      name,
    )
    if (name.startsWith('g')) t.match(signers, /Debian Secure Boot CA/, name)
    else {
      t.match(signers, /Microsoft (Corporation )?UEFI CA 2011/, `${name}: firmware of before 2026`)
      t.match(signers, /Microsoft UEFI CA 2023/, `${name}: firmware that has only the new keys`)
    }
  }
})

/** As an image's loaders are read; a second opinion on both. */
function ownSignersOf(bytes: Buffer): string[] {
  const pe = readPe(bytes.subarray(0, PE_HEAD), bytes.length)
  const { offset, length } = pe!.signatures!
  const sha256 = createHash('sha256')
  for (const [from, end] of pe!.ranges) sha256.update(bytes.subarray(from, end))
  const digest = sha256.digest()
  const signatures = readSignatures(bytes.subarray(offset, offset + length))
  return signatures.filter((each) => each.digest.equals(digest)).map(({ issuer }) => issuer)
}
