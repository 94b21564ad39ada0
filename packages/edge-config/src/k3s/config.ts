import { gunzipSync, gzipSync } from 'node:zlib'
import { parse } from 'yaml'
import { effective } from './effective.ts'

/** A file as cloud-init's write_files has it; `content` is base64 where YAML cannot hold it as text, or nobody shall read it. */
export interface ConfigFile {
  path: string
  owner: string
  /** octal */
  permissions: string
  content: string
  encoding?: 'b64' | 'gz+b64'
}

/** A file whose content is of a secret. */
export interface SecretFile {
  name: string
  key: string
  file: ConfigFile
}

/** What stands in config.yaml, by K3s's own keys: those of its command line without `--`. */
export type Settings = Readonly<Record<string, string | boolean | readonly string[]>>

/** A cluster of one node, as JSON: checked, and without what only a node knows. */
export interface K3sConfig {
  /** config.yaml is not among them */
  files: readonly ConfigFile[]
  /** those of `files` that nobody is shown */
  fromSecrets: readonly SecretFile[]
  /** shell, before K3s is installed and after it */
  pre: readonly string[]
  post: readonly string[]
  settings: Settings
}

export const CONFIG = '/etc/rancher/k3s/config.yaml'
export const DROP_INS = `${CONFIG}.d`
export const REGISTRIES = '/etc/rancher/k3s/registries.yaml'
export const INSTALL_SCRIPT = '/opt/install.sh'

/** What K3s takes where nothing is said. */
export const K3S_NETWORKS = { pods: '10.42.0.0/16', services: '10.43.0.0/16' }

/** The bytes of a file. */
export function bytesOf({ content, encoding }: Pick<ConfigFile, 'content' | 'encoding'>): Buffer {
  const bytes = Buffer.from(content, encoding === undefined ? 'utf8' : 'base64')
  return encoding === 'gz+b64' ? gunzipSync(bytes) : bytes
}

/** What YAML holds as text, for PyYAML too: no other control character, no byte order mark, no line end but `\n`. */
const HOLDABLE = /^[\t\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u

/** A file's bytes as its entry holds them. */
export function contentOf(bytes: Buffer): Pick<ConfigFile, 'content' | 'encoding'> {
  const text = bytes.toString('utf8')
  return HOLDABLE.test(text) && Buffer.from(text).equals(bytes)
    ? { content: text }
    : { content: bytes.toString('base64'), encoding: 'b64' }
}

/**
 * The same of a secret: one line without a space, that the first boot can find and erase wherever it was copied to, and long
 * enough, by what gzip puts around it, to stand nowhere else by chance.
 */
export const secretContentOf = (bytes: Buffer): Pick<ConfigFile, 'content' | 'encoding'> => ({
  content: gzipSync(bytes).toString('base64'),
  encoding: 'gz+b64',
})

/** The files that K3s merges into config.yaml, in its order: by the bytes of their names. */
export function dropInsOf<F extends Pick<ConfigFile, 'path'>>(files: readonly F[]): F[] {
  const pattern = new RegExp(`^${DROP_INS.replaceAll('.', '\\.')}/[^/]+\\.ya?ml$`, 'i')
  // of one path cloud-init leaves the last
  const byPath = new Map(files.filter(({ path }) => pattern.test(path)).map((file) => [file.path, file]))
  return [...byPath.values()].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
}

/** Where K3s keeps everything, if nothing else is said. */
const DATA_DIR = '/var/lib/rancher/k3s'

/** What config.yaml and its drop-ins come to as K3s merges them: of each key its values. */
export function effectiveOf({ files, settings }: Pick<K3sConfig, 'files' | 'settings'>): Map<string, string[]> {
  const documents = dropInsOf(files).map((file) => parse(bytesOf(file).toString(), { schema: 'failsafe' }) as unknown)
  return effective([settings, ...documents])
}

/** The folder in which K3s keeps everything, and reads addons from. @param config null: the default cluster */
export const dataDirOf = (config: Pick<K3sConfig, 'files' | 'settings'> | null): string =>
  effectiveOf(config ?? { files: [], settings: {} })
    .get('data-dir')
    ?.at(-1) || DATA_DIR

/**
 * The address ranges of a cluster as K3s will have them, config.yaml.d included; two, of IPv4 and IPv6, with a comma
 * between them.
 * @param config null: the default cluster
 */
export function networksOf(config: K3sConfig | null): { pods: string; services: string } {
  const merged = effectiveOf(config ?? { files: [], settings: {} })
  const listOf = (key: string, otherwise: string) => merged.get(key)?.join(',') || otherwise
  return {
    pods: listOf('cluster-cidr', K3S_NETWORKS.pods),
    services: listOf('service-cidr', K3S_NETWORKS.services),
  }
}
