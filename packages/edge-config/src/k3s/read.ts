import { placesIn } from '@eims/contracts'
import { type Field, type Note, Notes, parseYaml, quoted } from '@eims/placed-yaml'
import { withAccess } from './access.ts'
import { K3S_NETWORKS, type K3sConfig, networksOf } from './config.ts'
import type { Resolve } from './file.ts'
import { fieldsOf } from './keys.ts'
import { tellRanges } from './ranges.ts'
import { readSpec } from './read-spec.ts'
import { imageDefaults, type Said, SPEC } from './spec.ts'
import { domain, port, word } from './values.ts'

/** What a configuration is read with. */
export interface K3sContext {
  resolve: Resolve
  /** the K3s in the image (`v1.33.5+k3s1`); null: it is not known */
  imageVersion: string | null
  /** milliseconds since 1970, for certificates that expire; left out: nobody asks */
  now?: number | undefined
}

const LIMITS = { source: 1024 * 1024, documents: 1, depth: 32, aliases: 100 }
const NO_CLUSTER_API = 'has no effect: it is for Cluster API, which no single node has'

/**
 * Reads the Kubernetes part of a configuration: a KThreesControlPlaneTemplate (controlplane.cluster.x-k8s.io/v1beta2), or
 * what EMF's cluster manager wraps one into. What cannot be honoured is a mistake at its place; what is read in another
 * way than it is written, a warning.
 * @returns null when nothing stands there, which is the default cluster, or when there is a mistake
 */
export function readK3s(kubernetes: Field, notes: Notes, context: K3sContext): K3sConfig | null {
  if (kubernetes.isEmpty) return null
  const before = notes.mistakes.length
  const fields = kubernetes.fields()
  if (!fields) return null
  const config = [...fields.keys()].some((name) => name.toLowerCase() === 'clusterconfiguration')
    ? readWrapped(kubernetes, context)
    : readTemplate(kubernetes, new Map(), context)
  return notes.mistakes.length > before ? null : config
}

/** Reads a cluster template of EMF's cluster manager, JSON or YAML, alone. */
export function readClusterTemplate(
  text: string,
  context: K3sContext,
): { config: K3sConfig | null; mistakes: Note[]; warnings: Note[] } {
  const notes = new Notes()
  const at = { line: 1, column: 1, path: '' }
  let config: K3sConfig | null = null
  if (text.length > LIMITS.source) notes.mistake(at, `It is longer than ${LIMITS.source} characters`, 'Shorten it.')
  else {
    const source = text.replace(/^\uFEFF/, '')
    const [document] = parseYaml({ text: source, placeOf: placesIn(source) }, notes, LIMITS)
    if (document && !document.isEmpty) config = readK3s(document, notes, context)
    else if (notes.mistakes.length === 0) notes.mistake(at, 'There is nothing in it', 'Write a cluster template.')
  }
  return { config, mistakes: notes.mistakes, warnings: notes.warnings }
}

function readWrapped(wrapper: Field, context: K3sContext): K3sConfig | null {
  const fields = fieldsOf(
    wrapper,
    [
      'kubernetesVersion',
      'controlplaneprovidertype',
      'clusterconfiguration',
      'clusterNetwork',
      'cluster-labels',
      'access',
    ],
    { name: '', version: '', description: '', infraprovidertype: '' },
  )
  const provider = fields.get('controlplaneprovidertype')
  if (provider && word(provider) !== 'k3s')
    provider.mistake(
      `The control plane is of ${quoted(provider.word() ?? '')}, and the image has K3s`,
      'Take a template for k3s.',
    )
  tellVersion(fields.get('kubernetesVersion'), context)
  const labels = fields.get('cluster-labels')
  if (labels && (labels.fields()?.size ?? 0) > 0)
    labels.warning(`cluster-labels ${NO_CLUSTER_API}`, 'Write the node’s labels into agentConfig.nodeLabels.')
  const network = readNetwork(fields.get('clusterNetwork'))
  return readTemplate(fields.get('clusterconfiguration')!, network, context, fields.get('access'))
}

/** Cluster API's clusterNetwork, which counts where serverConfig says nothing. */
function readNetwork(field: Field | undefined): Said {
  const said: Said = new Map()
  if (!field) return said
  const fields = fieldsOf(field, ['pods', 'services', 'serviceDomain', 'apiServerPort'])
  for (const [name, key] of [
    ['pods', 'cluster-cidr'],
    ['services', 'service-cidr'],
  ] as const) {
    const blocks = fields.has(name) ? fieldsOf(fields.get(name)!, ['cidrBlocks']).get('cidrBlocks') : undefined
    const texts = (blocks?.items(2) ?? []).flatMap((item) => word(item) ?? [])
    const target = SPEC.serverConfig[name === 'pods' ? 'clusterCidr' : 'serviceCidr']
    const wrong = texts.length > 0 ? target.check(texts.join()) : null
    if (wrong) blocks!.mistake(`${quoted(texts.join())} ${wrong[0]}`, wrong[1])
    else if (texts.length > 0) said.set(key, { value: texts.join(), field: blocks! })
  }
  for (const [name, key, check] of [
    ['serviceDomain', 'cluster-domain', domain],
    ['apiServerPort', 'https-listen-port', port],
  ] as const) {
    const value = fields.has(name) ? word(fields.get(name)!, check) : null
    if (value !== null) said.set(key, { value, field: fields.get(name)! })
  }
  return said
}

/** @param beside the section `access` of what the template is wrapped into */
function readTemplate(template: Field, network: Said, context: K3sContext, beside?: Field): K3sConfig | null {
  const fields = fieldsOf(template, ['kind', 'apiVersion', 'spec', 'access'], { metadata: '', status: '' })
  const access = fields.get('access') ?? beside
  const config = isSpecless(fields) ? imageDefaults : readConfigSpec(template, fields, network, context)
  return config && access && !access.isEmpty ? withAccess(config, access, context.now) : config
}

/** Access to the image's own defaults. */
const isSpecless = (fields: ReadonlyMap<string, Field>) =>
  (fields.get('spec')?.isEmpty ?? true) && !(fields.get('access')?.isEmpty ?? true)

function readConfigSpec(
  template: Field,
  fields: Map<string, Field>,
  network: Said,
  context: K3sContext,
): K3sConfig | null {
  tellKind(fields, template)
  const outer = fields.get('spec') && fieldsOf(fields.get('spec')!, ['template']).get('template')
  const inner = outer && fieldsOf(outer, ['spec'], { metadata: '' }).get('spec')
  if (!inner || inner.isEmpty)
    return template.mistake('There is no spec.template.spec', 'Write it, and kthreesConfigSpec below it.')
  const found = fieldsOf(inner, ['kthreesConfigSpec', ...Object.keys(SPEC.top)], {
    rolloutAfter: `rolloutAfter ${NO_CLUSTER_API}`,
    machineTemplate: `machineTemplate ${NO_CLUSTER_API}`,
    remediationStrategy: `remediationStrategy ${NO_CLUSTER_API}`,
  })
  const below = found.get('kthreesConfigSpec')
  const beside = Object.keys(SPEC.top).flatMap((name) => found.get(name) ?? [])
  if (below)
    for (const field of beside)
      field.mistake('The field stands beside kthreesConfigSpec, not in it', 'Move it into kthreesConfigSpec.')
  else if (beside.length > 0)
    inner.warning(
      'The configuration was read from spec.template.spec itself; the CRD has it in kthreesConfigSpec below it',
      'Write kthreesConfigSpec between them, that Cluster API can read it too.',
    )
  const spec = below ? fieldsOf(below, Object.keys(SPEC.top)) : found
  tellVersion(spec.get('version'), context)
  const { config, said } = readSpec(spec, network, context.resolve)
  const ranges = { pods: said.get('cluster-cidr')?.field ?? template, services: said.get('service-cidr')?.field }
  const { pods, services } = config ? networksOf(config) : K3S_NETWORKS
  tellRanges(
    { pods, services },
    { pods: ranges.pods, services: ranges.services ?? ranges.pods, dns: said.get('cluster-dns')?.field },
  )
  return config
}

const API_VERSION = /^controlplane\.cluster\.x-k8s\.io\/v1beta[12]$/

function tellKind(fields: Map<string, Field>, template: Field): void {
  const [kind, apiVersion] = ['kind', 'apiVersion'].map((name) => fields.get(name))
  const [name, version] = [kind?.word() ?? '', apiVersion?.word() ?? '']
  const REMEDY = 'Write kind: KThreesControlPlaneTemplate, apiVersion: controlplane.cluster.x-k8s.io/v1beta2.'
  if (name !== '' && name !== 'KThreesControlPlaneTemplate') kind!.mistake(`A ${name} cannot be read here`, REMEDY)
  else if (version !== '' && !API_VERSION.test(version))
    apiVersion!.mistake(`The version ${quoted(version)} is not known`, REMEDY)
  else if (name === '' || version === '')
    template.warning('It does not say what it is: it is read as a KThreesControlPlaneTemplate of v1beta2', REMEDY)
  else if (version.endsWith('/v1beta1'))
    apiVersion!.warning(
      'It is read as v1beta2: cloud-provider=external, which v1beta1 sets by itself, would wait for what no single node has',
      'Write v1beta2.',
    )
}

function tellVersion(field: Field | undefined, { imageVersion }: K3sContext): void {
  const version = field?.word() ?? ''
  if (version !== '' && imageVersion !== null && version !== imageVersion)
    field!.warning(
      `The image has K3s ${imageVersion}, which is installed whatever is written here`,
      'Leave it out, or choose another image.',
    )
}
