import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bootedLoader, type Image, PE_HEAD, readCertificate, readPe, readSignatures } from '@eims/contracts'
import { buildTargetImage } from '@eims/lab'
import type { Test } from 'tap'
import { CACHE } from '../../cache.ts'
import type { Bench, ShownNode } from '../../vm/bench.ts'
import { withTrusted } from '../firmware-variables.ts'
import { signedLoaders } from '../signed-target.ts'

/*
 * Firmware that trusts Microsoft's UEFI CA of 2023 and nobody else, as newer machines are sold: our shim starts there, and an
 * image whose loader nobody signed is not written.
 */

const KEYED = '/usr/share/OVMF/OVMF_VARS_4M.ms.fd'

/** Puts such firmware's variables where the machine of that name will look for its own; before it is made. */
export async function giveNewerFirmware(bench: Bench, name: string): Promise<void> {
  const dir = join(bench.dir, name)
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'vars.fd'), withTrusted(await readFile(KEYED), [await uefiCa2023()]))
}

/** An image whose loader nobody signed, and a profile of it, both of this name. @param account options for the profile */
export async function addUnsigned(t: Test, bench: Bench, name: string, account: readonly string[]): Promise<void> {
  const { path } = await buildTargetImage({ variant: 'A', cacheDir: CACHE })
  const { facts } = await bench.eims<Image>('images', 'add', path, '--name', name)
  const loader = bootedLoader(facts!, 'x86_64')
  t.equal(loader?.fault, null)
  t.strictSame(loader?.signatures, [], 'nobody signed it')
  await bench.eims('profiles', 'add', name, '--image', name, '--security-feature', 'secure-boot', ...account)
}

export const waitsForAnotherImage = ({ waiting }: ShownNode): boolean => waiting?.code === 'secure-boot-refuses'

/** Of a node with that profile. */
export function proveNewerFirmware(t: Test, node: ShownNode, profile: string): void {
  t.match(node.inventory, { secureBoot: true, lockdown: 'integrity' })
  t.strictSame(trustedBy(node), ['microsoft-uefi-ca-2023'])
  t.match(node, {
    state: 'ONBOARDED',
    run: null,
    instance: null,
    waiting: { code: 'secure-boot-refuses', slots: { image: profile, profile, why: { code: 'loader-not-signed' } } },
  })
  t.strictSame(
    node.inventory?.disks.map(({ content }) => content.blank),
    [true],
  )
}

/** Whose programs a machine's firmware starts. */
export const trustedBy = ({ inventory }: ShownNode) =>
  inventory?.secureBootKeys?.trusted?.certificates.map(({ ca }) => ca)

/** It comes with what it signed: no package of Debian 13 has a variable store that holds it. */
async function uefiCa2023(): Promise<Buffer> {
  const shim = await readFile((await signedLoaders()).shim)
  const { offset, length } = readPe(shim.subarray(0, PE_HEAD), shim.length)!.signatures!
  const certificates = readSignatures(shim.subarray(offset, offset + length)).flatMap((each) => each.certificates)
  return certificates.find((each) => readCertificate(each)?.subject === 'Microsoft UEFI CA 2023')!
}
