/** Everything that a template may be told of one machine and of what it gets. */
export interface Facts {
  /** null: no machine is meant */
  node: NodeFacts | null
  profile: {
    name: string
    version: string
    cloudConfig: string
    securityFeature: 'none' | 'secure-boot' | 'secure-boot-and-full-disk-encryption'
  } | null
  image: { name: string; url: string | null; sha256: string | null; architecture: Architecture } | null
  site: { name: string; server: string; httpProxy: string | null; noProxy: string | null; ntpServers: string[] }
  /** what the profile says beside the workflow's name: words of its own, each a name in the templates */
  params: Readonly<Record<string, string>>
  /** `spec` of the Tinkerbell Hardware that was applied for the machine */
  hardware: Json | null
}

type Architecture = 'x86_64' | 'arm64'
type Json = { readonly [key: string]: unknown }

export interface NodeFacts {
  name: string
  serial: string | null
  uuid: string | null
  /** lower case with colons */
  macs: readonly string[]
  /** it boots by this one; null: it was not seen yet */
  bootMac: string | null
  manufacturer: string | null
  product: string | null
  metadata: Readonly<Record<string, string>>
  architecture: Architecture | null
  firmware: 'uefi' | 'bios' | null
  ip: string | null
  batch: string | null
}

/** A machine that there is not, for a look at a template without one (docs/workflows.md shows it). */
export const sample: Facts = {
  node: {
    name: 'sample',
    serial: 'SAMPLE-0001',
    uuid: '00000000-0000-4000-8000-000000000001',
    macs: ['02:00:00:00:00:01'],
    bootMac: '02:00:00:00:00:01',
    manufacturer: 'Sample',
    product: 'Machine',
    metadata: {},
    architecture: 'x86_64',
    firmware: 'uefi',
    ip: '192.0.2.10',
    batch: null,
  },
  profile: { name: 'sample', version: '1', cloudConfig: '', securityFeature: 'none' },
  image: {
    name: 'sample',
    url: 'https://images.example/sample.raw.gz',
    sha256: '0'.repeat(64),
    architecture: 'x86_64',
  },
  site: { name: 'site', server: 'http://192.0.2.1:8080', httpProxy: null, noProxy: null, ntpServers: [] },
  params: {},
  hardware: null,
}
