import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Enforcing,
  Lockdown,
  readCertificate,
  readSignatureDatabase,
  type SecureBootKeys,
  type SignatureDatabase,
  signingCa,
} from '@eims/contracts'
import type { Machine } from '../machine.ts'

const GLOBAL = '8be4df61-93ca-11d2-aa0d-00e098032b8c'
/** EFI_IMAGE_SECURITY_DATABASE_GUID */
const DATABASE = 'd719b2cb-3d3a-4596-a3bc-dad00e67656f'
/** Firmware has less room for all of its variables together. */
const MOST_BYTES = 1024 * 1024
/** what efivarfs puts in front */
const ATTRIBUTES = 4

const isUefi = (sysRoot: string) => statSync(join(sysRoot, 'firmware/efi'), { throwIfNoEntry: false }) !== undefined

/** A variable's value; `absent`: there is none of this name; null: it cannot be read. */
function variable(sysRoot: string, name: string, guid: string): Buffer | 'absent' | null {
  const path = join(sysRoot, 'firmware/efi/efivars', `${name}-${guid}`)
  try {
    if (statSync(path).size > MOST_BYTES) return null
    return readFileSync(path).subarray(ATTRIBUTES)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'absent' : null
  }
}

function flag(sysRoot: string, name: string): boolean | null {
  const value = variable(sysRoot, name, GLOBAL)
  return Buffer.isBuffer(value) && value.length === 1 ? value[0] === 1 : null
}

/** UEFI 2.10 section 3.3: whether the firmware enforces Secure Boot; null: it has none. */
export const secureBoot = (sysRoot: string): boolean | null => flag(sysRoot, 'SecureBoot')

/** What the firmware makes of signatures (UEFI 2.10 section 32.4); null: there is no UEFI. */
export function secureBootKeys(sysRoot: string): SecureBootKeys | null {
  if (!isUefi(sysRoot)) return null
  const database = (name: string) => {
    const value = variable(sysRoot, name, DATABASE)
    return value === null ? null : readSignatureDatabase(value === 'absent' ? Buffer.alloc(0) : value)
  }
  const trusted = database('db')
  return {
    setupMode: flag(sysRoot, 'SetupMode') ?? false,
    // a part of it would say that the rest is not trusted
    trusted: trusted && isWhole(trusted) ? told(trusted) : null,
    revoked: database('dbx')?.count ?? null,
  }
}

/** Entries may be of kinds that are not read (public keys, longer digests), certificates without a name to compare. */
const isWhole = ({ certificates, digests, count }: SignatureDatabase): boolean =>
  count === certificates.length + digests.length &&
  certificates.length <= 64 &&
  digests.length <= 1024 &&
  certificates.every((der) => readCertificate(der)?.subject)

const told = ({ certificates, digests }: SignatureDatabase): SecureBootKeys['trusted'] => ({
  certificates: certificates.map((der) => {
    const name = readCertificate(der)?.subject ?? ''
    return { ca: signingCa(name), name, fingerprint: createHash('sha256').update(der).digest('hex') }
  }),
  digests: digests.map((digest) => digest.toString('hex')),
})

/** What the firmware would start. */
export const enforcing = (sysRoot: string): Enforcing => ({
  secureBoot: secureBoot(sysRoot),
  secureBootKeys: secureBootKeys(sysRoot),
})

/** How far the kernel is locked down; null: it does not say. Its file lies in securityfs, which is mounted for it. */
export async function lockdown({ sysRoot, busybox }: Pick<Machine, 'sysRoot' | 'busybox'>): Promise<Lockdown | null> {
  const dir = join(sysRoot, 'kernel/security')
  const read = () => {
    try {
      // the one that holds stands in brackets: none [integrity] confidentiality
      return Lockdown.safeParse(/\[(\w+)\]/.exec(readFileSync(join(dir, 'lockdown'), 'latin1'))?.[1]).data ?? null
    } catch {
      return null
    }
  }
  if (read() === null && statSync(dir, { throwIfNoEntry: false }))
    await busybox('mount', '-t', 'securityfs', 'securityfs', dir).catch(() => '')
  return read()
}
