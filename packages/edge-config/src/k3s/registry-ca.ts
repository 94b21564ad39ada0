import { type Document, isAlias, isMap, type Node, parseDocument, YAMLMap } from 'yaml'
import { bytesOf, type ConfigFile, contentOf, secretContentOf } from './config.ts'

/** What registries are trusted by, where their own configuration names nothing. */
export const REGISTRY_CA = '/etc/rancher/k3s/registry-ca.pem'

const MOST_HOSTS = 1000

/**
 * PURE: a registries.yaml of which each registry that is asked over TLS is trusted by `REGISTRY_CA`, too; containerd adds it to
 * the OS's own. One with a `ca_file`, or that is not to be checked, stays as it is. Every other value stays as it is written: K3s
 * takes `password: 0123` for text.
 * @returns the file, and the hosts that it names the CA for; as it was when it cannot be read, which K3s tells
 */
export function withRegistryCa(file: ConfigFile): { file: ConfigFile; hosts: string[] } {
  const asIs = { file, hosts: [] }
  const document = parseDocument(bytesOf(file).toString(), { schema: 'failsafe' })
  if (document.errors.length > 0 || !isMap(document.contents)) return asIs
  const { mirrors, configs } = readOrEmpty(() => document.toJS({ maxAliasCount: 100 }) as Registries)
  const hosts = [...new Set([...Object.keys(mapped(configs)), ...endpointsOf(mapped(mirrors))])].slice(0, MOST_HOSTS)
  const lacking = hosts.filter((host) => {
    const tls = tlsOf(mapped(configs)[host])
    return !tls.ca_file && tls.insecure_skip_verify !== 'true'
  })
  if (lacking.length === 0) return asIs
  const all = mapIn(document, document.contents, 'configs')
  for (const host of lacking) {
    const tls = { ...tlsOf(mapped(configs)[host]), ca_file: REGISTRY_CA }
    mapIn(document, all, host).set('tls', document.createNode(tls))
  }
  const bytes = Buffer.from(document.toString({ lineWidth: 0 }))
  const content = file.encoding === 'gz+b64' ? secretContentOf(bytes) : contentOf(bytes)
  const { encoding: _, ...rest } = file
  return { file: { ...rest, ...content }, hosts: lacking }
}

type Mapping = Record<string, unknown>

interface Registries {
  mirrors?: unknown
  configs?: unknown
}

/** More aliases than anybody writes. */
function readOrEmpty(read: () => Registries): Registries {
  try {
    return read()
  } catch {
    return {}
  }
}

const mapped = (value: unknown): Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : {}

/** A host's own, else what it takes over by a merge key, which Go's YAML knows. */
function tlsOf(host: unknown): Mapping {
  const { tls, '<<': merged } = mapped(host)
  return mapped(
    tls ??
      [merged]
        .flat()
        .map(mapped)
        .find((each) => each.tls !== undefined)?.tls,
  )
}

/** Hosts that mirrors are reached at, as K3s finds their configuration; plain HTTP needs none. */
const endpointsOf = (mirrors: Mapping): string[] =>
  Object.values(mirrors)
    .flatMap((mirror) => [mapped(mirror).endpoint ?? []].flat())
    .flatMap((endpoint) => {
      const url = typeof endpoint === 'string' ? URL.parse(endpoint) : null
      return url?.protocol === 'https:' ? [url.host] : []
    })

/** The mapping below a key, also behind an alias; made where none is. */
function mapIn(document: Document, map: YAMLMap, key: string): YAMLMap {
  const there = map.get(key) as Node | undefined
  const found = isAlias(there) ? there.resolve(document) : there
  if (isMap(found)) return found
  const below = new YAMLMap()
  map.set(key, below)
  return below
}
