import { z } from 'zod'
import { named } from './component.ts'

/** Whose signatures firmware takes, as machines are sold; `other`: whoever the name beside it says. */
export const SigningCa = z.enum([
  'microsoft-uefi-ca-2011',
  'microsoft-uefi-ca-2023',
  'microsoft-windows-pca-2011',
  'windows-uefi-ca-2023',
  'other',
])
export type SigningCa = z.infer<typeof SigningCa>

/** by their common names */
const CAS: Readonly<Record<string, SigningCa>> = {
  'Microsoft Corporation UEFI CA 2011': 'microsoft-uefi-ca-2011',
  'Microsoft UEFI CA 2023': 'microsoft-uefi-ca-2023',
  'Microsoft Windows Production PCA 2011': 'microsoft-windows-pca-2011',
  'Windows UEFI CA 2023': 'windows-uefi-ca-2023',
}

/** PURE: which CA goes by this common name. */
export const signingCa = (name: string): SigningCa => (Object.hasOwn(CAS, name) ? CAS[name]! : 'other')

const CaName = z.string().max(256)
const Digest = z.string().regex(/^[0-9a-f]{64}$/)

/** One signature of a boot loader. */
const LoaderSignature = z.object({
  ca: SigningCa,
  /** common name of who issued the certificate that it was made with */
  issuer: CaName,
  /** everybody whom its certificates name, the issuer among them */
  names: z.array(CaName).max(65),
  /** the loader is as it was signed; false: it was changed, or damaged */
  whole: z.boolean(),
})
export type LoaderSignature = z.infer<typeof LoaderSignature>

/** A boot loader, and who signed it. */
export const SignedLoader = z.object({
  /** as UEFI writes paths */
  path: z.string().max(512),
  /** digest as firmware counts it (Authenticode, SHA-256); null: `fault` says why there is none */
  digest: Digest.nullable(),
  /** none: nobody signed it */
  signatures: z.array(LoaderSignature).max(16),
  /** `not-pe`: no program that firmware starts; `not-read`: too large, too slow or damaged, or no signature of it could be read */
  fault: z.enum(['not-pe', 'not-read']).nullable(),
})
export type SignedLoader = z.infer<typeof SignedLoader>

/** A certificate that firmware trusts. */
const EnrolledCertificate = z.object({
  ca: SigningCa,
  /** its common name */
  name: CaName,
  /** SHA-256 of it */
  fingerprint: Digest,
})

/** What firmware with UEFI makes of signatures. */
export const SecureBootKeys = z.object({
  /** anybody may enrol keys: there is no platform key yet, and nothing is enforced */
  setupMode: z.boolean(),
  /** whose programs it starts (`db`); null: it could not be read, or not all of it */
  trusted: z
    .object({
      certificates: z.array(EnrolledCertificate).max(64),
      /** programs that it starts by their digest */
      digests: z.array(Digest).max(1024),
    })
    .nullable(),
  /** entries of what it never starts (`dbx`); null: it could not be read */
  revoked: z.number().int().nonnegative().nullable(),
})
export type SecureBootKeys = z.infer<typeof SecureBootKeys>

/** How far the kernel is locked down against its own root. */
export const Lockdown = z.enum(['none', 'integrity', 'confidentiality'])
export type Lockdown = z.infer<typeof Lockdown>

named({ EnrolledCertificate, Lockdown, LoaderSignature, SecureBootKeys, SignedLoader, SigningCa })
