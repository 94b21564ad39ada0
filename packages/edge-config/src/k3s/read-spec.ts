import type { Field } from '@eims/placed-yaml'
import { parseDocument } from 'yaml'
import { bytesOf, type ConfigFile, contentOf, dropInsOf, INSTALL_SCRIPT, type K3sConfig, REGISTRIES } from './config.ts'
import { effective } from './effective.ts'
import { type PlacedFile, type Resolve, readFiles } from './file.ts'
import { fieldsOf } from './keys.ts'
import { ADDED, type Said, SPEC, saidIn, settingsOf } from './spec.ts'
import { prose, word } from './values.ts'

const MOST_COMMANDS = 256
/** Characters of base64: a seed of 4 MiB has each of them twice, once for the first boot to know what it erases. */
const MOST_OF_SECRETS = 1024 * 1024

/**
 * Reads a KThreesConfigSpec of which the fields are found.
 * @param network what counts where serverConfig says nothing
 * @returns the cluster, null where a file of config.yaml.d cannot be merged; and what is said, by K3s's keys
 */
export function readSpec(
  spec: ReadonlyMap<string, Field>,
  network: Said,
  resolve: Resolve,
): { config: K3sConfig | null; said: Said } {
  const section = (name: 'agentConfig' | 'serverConfig') =>
    spec.has(name) ? fieldsOf(spec.get(name)!, Object.keys(SPEC[name])) : new Map<string, Field>()
  const [agent, server] = [section('agentConfig'), section('serverConfig')]
  const placed = readFiles(spec.get('files'), resolve)
  const [pre, post] = [commandsIn(spec.get('preK3sCommands')), commandsIn(spec.get('postK3sCommands'))]
  const said: Said = new Map([...saidIn('agentConfig', agent), ...saidIn('serverConfig', server)])
  for (const [key, { value, field }] of network) {
    const own = said.get(key)
    if (!own) said.set(key, { value, field })
    else if (own.value !== value)
      own.field.warning(
        `serverConfig counts, not ${field.path}, which says ${String(value)}`,
        'Write the same in both.',
      )
  }
  const registries = registriesOf(agent.get('privateRegistry'), placed, said)
  tellAirGap(agent)
  tellComponents(said, placed)
  const cloud = cloudOf(server)
  const etcdProxy = server.get('etcdProxyImage')
  if (etcdProxy && word(etcdProxy) !== null)
    etcdProxy.warning(
      'There is no etcd-proxy: by it Cluster API reaches a node’s etcd, and no Cluster API is here',
      OUT,
    )
  const settings = settingsOf(Object.fromEntries([...said].map(([key, { value }]) => [key, value])), cloud)
  const files = [...placed.map(({ file }) => file), ...registries]
  const fromSecrets = placed.flatMap(({ file, secret }) => (secret ? [{ ...secret, file }] : []))
  if (fromSecrets.reduce((sum, { file }) => sum + file.content.length, 0) > MOST_OF_SECRETS)
    spec
      .get('files')!
      .mistake(
        'The files from secrets are more than a seed can hold',
        `Keep them below ${MOST_OF_SECRETS} bytes, packed.`,
      )
  const config = tellDropIns(placed, said) ? { files, fromSecrets, pre, post, settings } : null
  return { config, said }
}

const OUT = 'Leave it out.'

function commandsIn(field: Field | undefined): string[] {
  const commands = (field?.items(MOST_COMMANDS) ?? []).flatMap((item) => {
    const command = item.isText ? prose(item) : item.mistake('A command must be text', 'Write it in one quoted line.')
    if (command?.includes('k3s-server.service'))
      item.warning(
        'install.sh makes the unit k3s.service of a server: nothing reads what is made for k3s-server.service',
        'Write k3s.service.',
      )
    return command ?? []
  })
  return commands.filter((command) => command.trim() !== '')
}

function tellAirGap(agent: ReadonlyMap<string, Field>): void {
  const [airGapped, path] = [agent.get('airGapped'), agent.get('airGappedInstallScriptPath')]
  if (airGapped && !airGapped.isEmpty && airGapped.truth() === false)
    airGapped.warning('airGapped is true whatever is written here: K3s comes with the image', OUT)
  const script = path ? word(path) : null
  if (script !== null && script !== INSTALL_SCRIPT)
    path!.warning(`${INSTALL_SCRIPT} of the image is run, whatever is written here`, OUT)
}

/** Which cloud controller K3s has; v1beta1's one field for it is still in v1beta2, whose generator passes over it. */
function cloudOf(server: ReadonlyMap<string, Field>): { disableController: boolean; provider: string } {
  const [controller, name, old] = ['disableCloudController', 'cloudProviderName', 'disableExternalCloudProvider'].map(
    (each) => server.get(each),
  )
  const isOld = old?.truth() ?? false
  if (isOld)
    old!.warning(
      'disableExternalCloudProvider is of v1beta1: it is read as disableCloudController: false and no cloudProviderName',
      'Write disableCloudController: false.',
    )
  const disableController = controller && !controller.isEmpty ? (controller.truth() ?? true) : !isOld
  const provider = (name && word(name, providerName)) ?? ''
  if (provider !== '' && disableController)
    name!.warning(
      `A node waits for the cloud provider ${provider} before it takes pods, and K3s’s own is switched off`,
      'Leave it out, or write disableCloudController: false.',
    )
  return { disableController, provider }
}

const providerName = (text: string) =>
  /^[\w.-]+$/.test(text) ? null : (['is no name of a cloud provider', 'Write one, or leave it out.'] as const)

const COMPONENTS = ['coredns', 'servicelb', 'traefik', 'local-storage', 'metrics-server', 'runtimes', 'etcd-proxy']
const MANIFEST = /^\/var\/lib\/rancher\/k3s\/server\/manifests\/(.+)\.(?:ya?ml|json)$/

/** K3s takes any name, for manifests may have any. */
function tellComponents(said: Said, placed: readonly PlacedFile[]): void {
  const { value = [], field } = said.get('disable') ?? {}
  const manifests = placed.flatMap(({ file }) => MANIFEST.exec(file.path)?.[1] ?? [])
  for (const name of [value].flat())
    if (![...COMPONENTS, ...manifests].includes(name))
      field!.warning(
        `K3s has no component ${name} to leave out`,
        /cloud/i.test(name) ? 'Write disableCloudController.' : OUT,
      )
}

/**
 * `privateRegistry` is the path of K3s's registries.yaml. A URL there, which K3s would look for as a file, is made into
 * such a file: a mirror of all registries.
 */
function registriesOf(field: Field | undefined, placed: readonly PlacedFile[], said: Said): ConfigFile[] {
  const text = field ? word(field) : null
  if (!field || text === null) return []
  const isWritten = (path: string) => placed.some(({ file }) => file.path === path)
  if (/^\/[^\s]+$/.test(text)) {
    if (!isWritten(text)) field.warning(`No file writes ${text}: it must be in the image`, 'Write it with files.')
    said.set('private-registry', { value: text, field })
    return []
  }
  if (!/^https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/.test(text) || !URL.canParse(text)) {
    field.mistake(
      'privateRegistry is neither the path of a registries.yaml nor the URL of a mirror',
      `Write ${REGISTRIES} and the file itself with files, or https://host:port.`,
    )
    return []
  }
  if (isWritten(REGISTRIES)) {
    field.mistake(`privateRegistry is a URL, and files writes ${REGISTRIES} too`, 'Put the mirror into that file.')
    return []
  }
  field.warning(`The URL becomes a mirror of all registries in ${REGISTRIES}, whose path the CRD has here`, 'Leave it.')
  const content = Buffer.from(`mirrors:\n  "*":\n    endpoint:\n      - ${JSON.stringify(text)}\n`)
  return [{ path: REGISTRIES, owner: 'root:root', permissions: '0600', ...contentOf(content) }]
}

/** Tells what config.yaml.d makes of config.yaml; false: K3s could not read it. */
function tellDropIns(placed: readonly PlacedFile[], said: Said): boolean {
  const [dropIns, replaced] = [dropInsOf(placed.map((each) => ({ ...each, path: each.file.path }))), new Set<string>()]
  let isSound = true
  for (const { file, field, path } of dropIns) {
    const document = mappingIn(file)
    if (!document) {
      field.mistake(`${path} is no mapping of YAML: K3s would not start`, 'Write `key: value` lines into it.')
      isSound = false
      continue
    }
    for (const [key, values] of effective([document])) {
      const own = [said.get(key)?.value ?? []].flat()
      if (!Object.hasOwn(document, key)) continue
      replaced.add(key)
      const lost = own.filter((text) => !values.map(bare).includes(bare(text)))
      if (lost.length > 0)
        field.warning(
          `${path} takes the place of all of ${key}: ${lost.join(', ')} ${lost.length > 1 ? 'have' : 'has'} no effect`,
          `Write "${key}+" in it, which appends, or the whole list.`,
        )
    }
  }
  if (!replaced.has('kube-apiserver-arg')) tellAdded(said.get('kube-apiserver-arg'))
  return isSound
}

const bare = (argument: string) => argument.replace(/^--/, '')
const nameOf = (argument: string) => bare(argument).split('=')[0]!

function mappingIn(file: ConfigFile): object | null {
  try {
    const document = parseDocument(bytesOf(file).toString(), { schema: 'failsafe' })
    const value: unknown = document.errors.length > 0 ? null : (document.toJS({ maxAliasCount: 100 }) ?? {})
    return typeof value === 'object' && !Array.isArray(value) ? value : null
  } catch {
    // more aliases than anybody writes
    return null
  }
}

/** Of several values of one argument a truth is the last one, and cipher suites are all of them. */
function tellAdded(own: { value: string | string[]; field: Field } | undefined): void {
  for (const argument of [own?.value ?? []].flat()) {
    const added = ADDED.find((each) => nameOf(each) === nameOf(argument))
    if (!added || added === bare(argument)) continue
    own!.field.warning(
      nameOf(argument) === 'anonymous-auth'
        ? 'anonymous-auth=true is put behind it, as cluster-api-k3s does, and counts'
        : 'Eight cipher suites are allowed beside these, as cluster-api-k3s does',
      'Write the whole kube-apiserver-arg into a file of /etc/rancher/k3s/config.yaml.d/, which counts alone.',
    )
  }
}
