import type { ProfileInput } from '@eims/contracts'
import { isMap, parseAllDocuments } from 'yaml'

/** One document of EIM's OS profile file, in our words. */
export interface ReadProfile {
  /** the file, and the number of the document in it when there are several */
  where: string
  /** what the document says of our profile; the rest is for the one who applies it */
  profile: Pick<
    ProfileInput,
    'name' | 'description' | 'type' | 'securityFeature' | 'version' | 'metadata' | 'architecture'
  > & { source: NonNullable<ProfileInput['source']>; standalone?: true }
  image: { name: string; sha256: string }
  /** fields that we know nothing of, by their path: they are left out */
  unknown: string[]
}

export interface Read {
  profiles: ReadProfile[]
  /** sentences for a person; nothing is applied while there is one */
  problems: string[]
}

type Text = Record<string, string>

/** EIM's fields of `spec`, in lower case, because its releases wrote `URL` and `Url`. */
const specFields = new Set(
  (
    'name type provider architecture profilename osimageurl osimageversion osimagesha256 ospackagemanifesturl ' +
    'osexistingcvesurl osfixedcvesurl securityfeature description platformbundle tlscacertificate'
  ).split(' '),
)
const topFields = new Set(['appversion', 'metadata', 'spec'])

const types: Record<string, ProfileInput['type']> = {
  '': 'mutable',
  OS_TYPE_UNSPECIFIED: 'mutable',
  OS_TYPE_MUTABLE: 'mutable',
  OS_TYPE_IMMUTABLE: 'immutable',
}
const features: Record<string, ProfileInput['securityFeature']> = {
  '': 'none',
  SECURITY_FEATURE_UNSPECIFIED: 'none',
  SECURITY_FEATURE_NONE: 'none',
  SECURITY_FEATURE_SECURE_BOOT_AND_FULL_DISK_ENCRYPTION: 'secure-boot-and-full-disk-encryption',
}
const architectures: Record<string, ProfileInput['architecture']> = {
  '': 'x86_64',
  x86_64: 'x86_64',
  amd64: 'x86_64',
  arm64: 'arm64',
  aarch64: 'arm64',
}

/**
 * PURE: EIM's OS profile YAML (infra-core/os-profiles, `appVersion: apps/v1`), any number of documents.
 * Every scalar is text here: `3.0` is a version and not the number 3, `true` in the metadata is a word.
 */
export function readEimProfiles(text: string, file: string): Read {
  const documents = parseAllDocuments(text, { schema: 'failsafe', maxAliasCount: 20 } as object)
  const read: Read = { profiles: [], problems: [] }
  const found = Array.isArray(documents) ? documents : []
  for (const [index, document] of found.entries()) {
    const where = found.length > 1 ? `${file}, document ${index + 1}` : file
    const [error] = document.errors
    if (error) read.problems.push(`${where}: is not valid YAML: ${error.message.split('\n')[0]}`)
    else if (document.contents !== null && !isEmpty(document.contents)) readOne(document.toJS(), where, read)
  }
  if (read.profiles.length + read.problems.length === 0) read.problems.push(`${file}: holds no OS profile`)
  return read
}

const isEmpty = (contents: unknown) => !isMap(contents) && String(contents).trim() === ''

function readOne(document: unknown, where: string, read: Read): void {
  const before = read.problems.length
  const fault = (field: string, message: string): void => {
    read.problems.push(`${where}: ${field} ${message}`)
  }
  if (!isRecord(document)) {
    fault('the document', 'is not a map with appVersion, metadata and spec')
    return
  }
  const unknown = Object.keys(document).filter((key) => !topFields.has(key.toLowerCase()))
  const top = lowerKeys(document)
  if (!isRecord(top.spec)) {
    fault('spec', 'is missing; this is no OS profile of EIM')
    return
  }
  if (top.appversion !== undefined && top.appversion !== 'apps/v1')
    fault('appVersion', `is ${JSON.stringify(top.appversion)}; only apps/v1 is known`)
  unknown.push(...Object.keys(top.spec).flatMap((key) => (specFields.has(key.toLowerCase()) ? [] : [`spec.${key}`])))
  const { platformbundle, ...rest } = lowerKeys(top.spec)
  const spec = texts(rest, 'spec', fault)
  const bundle = isRecord(platformbundle) ? texts(platformbundle, 'spec.platformBundle', fault) : {}
  const metadata = isRecord(top.metadata) ? texts(top.metadata, 'metadata', fault) : {}
  const pick = <T>(table: Record<string, T>, field: string, value = '') => {
    if (!Object.hasOwn(table, value))
      fault(field, `is ${value}; known are ${Object.keys(table).filter(Boolean).join(', ')}`)
    return table[value] as T
  }
  const name = spec.profilename ?? ''
  const sha256 = (spec.osimagesha256 ?? '').toLowerCase()
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name))
    fault('spec.profileName', name === '' ? 'is missing' : `is "${name}"; a name has up to 63 letters, digits, . _ -`)
  if (!spec.osimageurl) fault('spec.osImageUrl', 'is missing')
  if (!/^[0-9a-f]{64}$/.test(sha256)) fault('spec.osImageSha256', 'must be the 64 hexadecimal digits of a SHA-256')
  const certificate = pem(spec.tlscacertificate ?? '')
  if (certificate === undefined) fault('spec.tlsCaCertificate', 'is neither PEM nor the base64 of PEM')
  const profile: ReadProfile['profile'] = {
    name,
    description: [...new Set([spec.name, spec.description])].filter(Boolean).join(': '),
    type: pick(types, 'spec.type', spec.type),
    securityFeature: pick(features, 'spec.securityFeature', spec.securityfeature),
    version: spec.osimageversion ?? '',
    metadata,
    ...(metadata['standalone-node'] === 'true' ? { standalone: true } : {}),
    architecture: pick(architectures, 'spec.architecture', spec.architecture),
    source: {
      provider: (spec.provider ?? '').replace(/^OS_PROVIDER_KIND_/, '').toLowerCase() || null,
      imageUrl: spec.osimageurl ?? null,
      imageSha256: sha256 || null,
      packageManifestUrl: spec.ospackagemanifesturl || null,
      existingCvesUrl: spec.osexistingcvesurl || null,
      fixedCvesUrl: spec.osfixedcvesurl || null,
      platformBundle: Object.keys(bundle).length > 0 ? bundle : null,
      tlsCaCertificate: certificate ?? null,
    },
  }
  if (read.problems.length > before) return
  read.profiles.push({ where, profile, image: { name: imageName(name, profile.version ?? ''), sha256 }, unknown })
}

/** `ubuntu-24.04-lts` and `24.04.2` give `ubuntu-24.04-lts-24.04.2`: another version is another image. */
function imageName(profile: string, version: string): string {
  const label = version.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^-+|-+$/g, '')
  return label === '' ? profile : `${profile.slice(0, Math.max(1, 62 - label.length))}-${label}`.slice(0, 63)
}

/** As PEM, or as the base64 of PEM, which EIM's API takes. '' gives null, anything else undefined. */
function pem(text: string): string | null | undefined {
  if (text.trim() === '') return null
  const decoded = text.includes('-----BEGIN') ? text : Buffer.from(text, 'base64').toString('latin1')
  return decoded.includes('-----BEGIN CERTIFICATE-----') ? `${decoded.trim()}\n` : undefined
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const lowerKeys = (of: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(of).map(([key, value]) => [key.toLowerCase(), value]))

function texts(of: Record<string, unknown>, path: string, fault: (field: string, message: string) => void): Text {
  const pairs = Object.entries(of).map(([key, value]) => {
    if (typeof value !== 'string') fault(`${path}.${key}`, 'is not a text')
    return [key, typeof value === 'string' ? value.trim() : ''] as const
  })
  return Object.fromEntries(pairs.filter(([, value]) => value !== ''))
}
