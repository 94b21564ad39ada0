import { HIDDEN_SECRET, withHiddenPassword } from '@eims/contracts'
import { type Field, Notes, parseYaml, type YamlSource } from '@eims/placed-yaml'
import { withBreaks } from './broken-quotes.ts'
import { tellAuthorities } from './certificates.ts'
import type { EdgeConfig, ReadConfig, ReadContext } from './config.ts'
import { isRaw } from './convert/raw.ts'
import { access } from './k3s/access.ts'
import { readKubernetes } from './kinds/kinds.ts'
import { LIMITS } from './limits.ts'
import { plain } from './plain.ts'
import { mapping } from './shape/collections.ts'
import { text } from './shape/scalars.ts'
import type { Shape } from './shape/shape.ts'
import { clusterOverlaps } from './system/network.ts'
import { type GivenSystem, type OperatingSystem, operatingSystem, systemKeys } from './system/operating-system.ts'
import type { GivenProxy } from './system/proxy.ts'
import { type User, withHash } from './system/users.ts'

const cluster: Shape<Field> = {
  read: (field) => field,
  schema: {
    description:
      'The cluster that the unit is a node of, as Cluster API’s provider for K3s describes it; kind: none for no cluster; left empty, the image’s own defaults.',
    type: ['object', 'string', 'null'],
    properties: {
      kind: { description: 'KThreesControlPlaneTemplate, or none.', type: 'string' },
      apiVersion: { description: 'Of the kind.', type: 'string', examples: ['controlplane.cluster.x-k8s.io/v1beta2'] },
      spec: { description: 'As Cluster API has it.', type: ['object', 'null'] },
      access: access.schema,
    },
  },
}

/** The whole file. */
export const configFile = mapping(
  'Config-file of a standalone edge node.',
  {
    version: text('Of this format.', { pattern: /^1(?:\.0)?$/, must: '1.0', remedy: 'Write version: 1.0.' }),
    operatingSystem,
    kubernetes: cluster,
  },
  {
    aliases: { os: 'operatingSystem', k8s: 'kubernetes' },
    elsewhere: Object.fromEntries(
      [...systemKeys, 'write_files', 'runcmd'].map((key) => [key, `operatingSystem.${key}`]),
    ),
  },
)

/**
 * Reads a config-file.
 *
 * @returns what it says, or all of its mistakes at once, each by its place; warnings are of what is read otherwise than it
 *          is written, or does nothing. It never throws.
 */
export function readConfig(given: string, context: ReadContext): ReadConfig {
  const notes = new Notes()
  const config = readWith(given.replace(/^\uFEFF/, ''), notes, context)
  const { mistakes, warnings } = notes
  return { config: mistakes.length > 0 ? null : config, mistakes, warnings }
}

const TOP = { line: 1, column: 1, path: '' }

function readWith(given: string, notes: Notes, context: ReadContext): EdgeConfig | null {
  if (given.length > LIMITS.source) {
    notes.mistake(TOP, `The file has more than ${LIMITS.source} characters`, 'Write a smaller one.')
    return null
  }
  if (isRaw(given)) {
    notes.mistake(TOP, 'This is a raw config-file (name="value" lines)', 'Make YAML of it: eims config convert FILE.')
    return null
  }
  const [document] = parseYaml(mended(given, notes), notes, LIMITS)
  if (!document) {
    if (notes.mistakes.length === 0)
      notes.mistake(TOP, 'The file is empty', 'Write version, operatingSystem and kubernetes: eims config init.')
    return null
  }
  const read = configFile.read(document) ?? {}
  const system = kept(read.operatingSystem ?? {}, document, notes, context)
  const config: EdgeConfig = { operatingSystem: system }
  if (read.kubernetes) {
    const { resolve = () => undefined, imageVersion = null, now } = context
    const cluster = readKubernetes(read.kubernetes, notes, { resolve, imageVersion, now })
    if (cluster) config.kubernetes = { source: plain(read.kubernetes), cluster }
  }
  tellTogether(config, document, context)
  return config
}

const mended = (given: string, notes: Notes): YamlSource =>
  withBreaks(given, (source, at) =>
    notes.warning(
      { ...source.placeOf(at), path: '' },
      'The quoted text goes on in the next line at its very beginning: the break is read as a line break',
      'Write \\n in its place, or the text behind a |.',
    ),
  )

/** With a hash for each password, and the stored secret for each that is hidden. */
function kept(
  { users, proxy, ...rest }: GivenSystem,
  document: Field,
  notes: Notes,
  context: ReadContext,
): OperatingSystem {
  const stored = context.stored?.operatingSystem
  const lacks = (key: string, whose: string) =>
    sectionOf(document, key).mistake(
      `${HIDDEN_SECRET} stands for the stored password of ${whose}, and none is stored`,
      'Write the password itself.',
    )
  const secretOf = (user: User) => {
    if (user.passwordHash !== HIDDEN_SECRET) return user
    const { passwordHash } = stored?.users?.find(({ username }) => username === user.username) ?? {}
    if (passwordHash === undefined) lacks('users', user.username)
    return { ...user, passwordHash: passwordHash ?? '' }
  }
  const urlOf = ([name, url]: [string, unknown]) => {
    if (typeof url !== 'string' || URL.parse(url)?.password !== HIDDEN_SECRET) return [name, url]
    const was = stored?.proxy?.[name as keyof GivenProxy]
    if (typeof was === 'string' && withHiddenPassword(was) === url) return [name, was]
    lacks('proxy', name)
    return [name, url]
  }
  // with a mistake elsewhere nothing is kept, and a hash takes its time
  const crypt = notes.mistakes.length > 0 ? () => '' : context.crypt
  return {
    ...rest,
    ...(users ? { users: users.map((user) => secretOf(withHash(user, crypt))) } : {}),
    ...(proxy ? { proxy: Object.fromEntries(Object.entries(proxy).map(urlOf)) as GivenProxy } : {}),
  }
}

function tellTogether(
  { operatingSystem: system, kubernetes }: EdgeConfig,
  document: Field,
  { of, now }: ReadContext,
): void {
  const at = (key: string) => sectionOf(document, key)
  const { network, sshKey, users = [], hostType, caCertificates = [] } = system
  const pems = at('caCertificates')
  for (const [index, pem] of caCertificates.entries())
    tellAuthorities(pem, pems.isList ? (pems.items(caCertificates.length)?.[index] ?? pems) : pems, now)
  if (network?.address !== undefined && of === 'many')
    at('network').mistake('The address would be every machine’s', 'Give it to the node whose it is.')
  const networks = kubernetes?.cluster.networks
  if (network && networks)
    for (const sentence of clusterOverlaps(network, networks))
      at('network').mistake(sentence, 'Choose others for the cluster: clusterCidr and serviceCidr.')
  if (kubernetes && hostType === 'container')
    at('hostType').warning('With hostType container the section kubernetes has no effect', 'Leave one of them out.')
  for (const { username, passwordHash, sshKeys } of users)
    if (passwordHash === undefined && (sshKeys ?? []).length === 0 && sshKey === undefined)
      at('users').warning(`Nobody can log in as ${username}: there is no password and no key`, 'Give it one of them.')
}

/** Where a key of `operatingSystem` stands, as far as it is spelt so. */
function sectionOf(document: Field, key: string): Field {
  const section = document.fields()?.get('operatingSystem') ?? document
  return section.fields()?.get(key) ?? section
}
