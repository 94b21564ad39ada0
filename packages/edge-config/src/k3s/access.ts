import { createHash } from 'node:crypto'
import { type Field, meant } from '@eims/placed-yaml'
import { stringify } from 'yaml'
import { authorities, tellAuthorities } from '../certificates.ts'
import { list, mapping } from '../shape/collections.ts'
import { oneOf, text } from '../shape/scalars.ts'
import type { ReadOf, Shape } from '../shape/shape.ts'
import { type ConfigFile, DROP_INS, dataDirOf, effectiveOf, type K3sConfig } from './config.ts'

const MOST_CLAIMS = 16
const MOST_USERS = 256
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512']
/** ClusterRoles that every cluster has for people. */
const ROLES = ['cluster-admin', 'admin', 'edit', 'view']
/** They are there before any manifest is. */
const OWN_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

/** Behind files that others name: of config.yaml.d the last one counts. */
const OIDC = `${DROP_INS}/zz-site-oidc.yaml`
const OIDC_CA = '/etc/rancher/k3s/oidc-ca.pem'

const claim = (says: string) => text(says, { most: 256 })

function issuerFault(given: string): string | null {
  const url = URL.parse(given)
  if (url?.protocol !== 'https:') return 'is no https:// URL'
  return url.search || url.hash || url.username || /[?#]/.test(given) ? 'has more than a host, a port and a path' : null
}

const claims: Shape<Record<string, string>> = {
  read(field) {
    const given = [...(field.fields() ?? [])]
    if (given.length > MOST_CLAIMS)
      field.mistake(`requiredClaims holds ${given.length}, at most ${MOST_CLAIMS} can be`, 'Take some out.')
    const read = given.map(([name, value]): [string, string] => [name, claim('').read(value) ?? ''])
    for (const [index, [name, value]] of read.entries())
      if (value === '' || /[=,\s]/.test(name))
        given[index]![1].mistake(
          `${name} is no claim with its value`,
          'Write `claim: value`, the claim without = and spaces.',
        )
    return given.length > 0 ? Object.fromEntries(read) : undefined
  },
  schema: {
    description: 'Claims that a token must have, each with its value.',
    type: ['object', 'null'],
    maxProperties: MOST_CLAIMS,
    additionalProperties: claim('The value.').schema,
  },
}

const oidc = mapping(
  'The OpenID Connect issuer whose tokens the API server takes.',
  {
    issuerUrl: text('Its URL, as its tokens say it (iss).', {
      fault: issuerFault,
      remedy: 'Write what tokens have as iss: https://host/path.',
      example: 'https://idp.example.com/realms/edge',
    }),
    clientId: claim('The client that a token must be for (aud).'),
    usernameClaim: claim('The claim that is the user’s name; left out: sub.'),
    usernamePrefix: claim(
      'Put before each user’s name; - for none. Left out: issuerUrl#, none where usernameClaim is email.',
    ),
    groupsClaim: claim('The claim that holds the user’s groups; left out: none.'),
    groupsPrefix: claim('Put before each group.'),
    requiredClaims: claims,
    signingAlgs: list('Algorithms of signatures; left out: RS256.', oneOf('One of them.', ALGORITHMS), {
      most: ALGORITHMS.length,
      orOne: true,
    }),
    caCertificate: authorities('By which the issuer’s own certificate is trusted, in PEM; left out: those of the OS.'),
  },
  { required: ['issuerUrl', 'clientId'] },
)

const user = mapping(
  'A user or a group, and what it may do.',
  {
    name: claim('Of the user, as the API server sees it: with its prefix.'),
    group: claim('The group in the place of one user, with its prefix.'),
    role: text('A ClusterRole: cluster-admin, admin, edit, view, or another one.', {
      most: 253,
      pattern: /^(?!\.{1,2}$)[^/%\s]+$/,
      must: 'the name of a ClusterRole',
    }),
    namespace: text('Where it may; left out: everywhere. It is made when it is missing.', {
      most: 63,
      pattern: /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
      must: 'a DNS label: lower-case letters, digits and -',
    }),
  },
  {
    required: ['role'],
    check({ name, group, role }, at) {
      if ((name === undefined) === (group === undefined))
        at(name === undefined ? 'role' : 'group').mistake('It must be one user or one group', 'Write name or group.')
      const near = role === undefined || ROLES.includes(role) ? null : meant(role, ROLES)
      if (near) at('role').warning(`${role} is none of Kubernetes’ own roles: did you mean ${near}?`, `Write ${near}.`)
    },
  },
)

/** `kubernetes.access`: who may do what with the cluster. */
export const access = mapping('Who may do what with the cluster.', {
  oidc,
  users: list('Users and groups with their roles.', user, {
    most: MOST_USERS,
    orOne: true,
    check: (all, at) => {
      for (const [index, each] of all.entries())
        if (all.findIndex((other) => bindingName(other) === bindingName(each)) < index)
          at(index).mistake('It stands there twice', 'Take one of them out.')
    },
  }),
})
type User = ReadOf<typeof user>
type Oidc = ReadOf<typeof oidc>

/**
 * A cluster with what the section `access` says: the API server's arguments in a file of config.yaml.d, which appends to
 * whatever the list is, and bindings of roles as a manifest.
 * @param now milliseconds since 1970
 * @returns the cluster as it was where there is a mistake, which is told
 */
export function withAccess(config: K3sConfig, field: Field, now: number | undefined): K3sConfig {
  const { oidc: issuer, users = [] } = access.read(field) ?? {}
  const found = field.fields() ?? new Map<string, Field>()
  const files: ConfigFile[] = []
  if (issuer) {
    const at = found.get('oidc') ?? field
    const taken = argumentsOf(config).find((name) => name.startsWith('oidc-') || name === 'authentication-config')
    if (taken) at.mistake(`kube-apiserver-arg of the cluster says ${taken} already`, 'Leave one of them out.')
    if (issuer.caCertificate !== undefined)
      tellAuthorities(issuer.caCertificate, at.fields()?.get('caCertificate') ?? at, now)
    files.push(...oidcFiles(issuer))
    if (
      !taken &&
      issuer.issuerUrl &&
      !argumentsOf({ ...config, files: [...config.files, ...files] }).includes('oidc-issuer-url')
    )
      at.mistake(
        'A file of config.yaml.d that comes after ours takes the place of kube-apiserver-arg',
        'Write "kube-apiserver-arg+" in it, which appends.',
      )
    tellPrefixes(issuer, users, found.get('users') ?? field)
  }
  if (users.length > 0) {
    const dataDir = dataDirOf(config)
    if (!dataDir.startsWith('/'))
      (found.get('users') ?? field).mistake(
        'K3s’s data-dir, where their bindings go, is no absolute path',
        'Write an absolute one into config.yaml.d.',
      )
    const path = `${dataDir}/server/manifests/site-access.yaml`
    files.push({ path, owner: 'root:root', permissions: '0600', content: manifestOf(users) })
  }
  return { ...config, files: [...config.files, ...files] }
}

/** Names of the API server's arguments as K3s will hand them on. */
const argumentsOf = (config: K3sConfig): string[] =>
  (effectiveOf(config).get('kube-apiserver-arg') ?? []).map((each) => each.replace(/^--/, '').replace(/[+-]?=.*/s, ''))

function oidcFiles(issuer: Oidc): ConfigFile[] {
  const { caCertificate, requiredClaims = {}, signingAlgs } = issuer
  const said = {
    'issuer-url': issuer.issuerUrl,
    'client-id': issuer.clientId,
    'username-claim': issuer.usernameClaim,
    'username-prefix': issuer.usernamePrefix,
    'groups-claim': issuer.groupsClaim,
    'groups-prefix': issuer.groupsPrefix,
    'signing-algs': signingAlgs?.join(),
    'ca-file': caCertificate === undefined ? undefined : OIDC_CA,
  }
  const list = [
    ...Object.entries(said).flatMap(([name, value]) => (value ? [`oidc-${name}=${value}`] : [])),
    ...Object.entries(requiredClaims).map(([name, value]) => `oidc-required-claim=${name}=${value}`),
  ]
  const file = (path: string, content: string) => ({ path, owner: 'root:root', permissions: '0640', content })
  return [
    file(OIDC, stringify({ 'kube-apiserver-arg+': list }, { version: '1.1', lineWidth: 0 })),
    ...(caCertificate === undefined ? [] : [file(OIDC_CA, caCertificate)]),
  ]
}

/** A binding to a name that no token comes to grants nothing, and nobody says so. */
function tellPrefixes(issuer: Oidc, users: readonly User[], field: Field): void {
  const { issuerUrl = '', usernameClaim, usernamePrefix, groupsPrefix = '', groupsClaim } = issuer
  const otherwise = usernameClaim === 'email' ? '' : `${issuerUrl}#`
  const prefix = usernamePrefix === '-' ? '' : (usernamePrefix ?? otherwise)
  for (const { name, group } of users)
    if (name !== undefined && !name.startsWith(prefix))
      field.warning(`Users of the issuer begin with ${prefix}, and ${name} does not`, `Write ${prefix}${name}.`)
    else if (group !== undefined && groupsClaim !== undefined && !group.startsWith(groupsPrefix))
      field.warning(
        `Groups of the issuer begin with ${groupsPrefix}, and ${group} does not`,
        `Write ${groupsPrefix}${group}.`,
      )
  const [grouped] = users.filter(({ group }) => group !== undefined)
  if (grouped && groupsClaim === undefined)
    field.warning('Without groupsClaim no user of the issuer is in a group', 'Write oidc.groupsClaim, as groups.')
}

/** A DNS subdomain (RFC 1123) for people, with a digest that tells apart what it says alike. */
function bindingName({ name, group, role = '', namespace = '' }: User): string {
  const whole = [group === undefined ? 'user' : 'group', name ?? group ?? '', role, namespace]
  const digest = createHash('sha256').update(whole.join('\0')).digest('hex').slice(0, 10)
  const words = whole
    .slice(0, 3)
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return `site-${words.slice(0, 40).replace(/-$/, '')}-${digest}`
}

const API = 'rbac.authorization.k8s.io'

function manifestOf(users: readonly User[]): string {
  const spaces = new Set(users.flatMap(({ namespace }) => namespace ?? []))
  const documents = [
    ...[...spaces]
      .filter((name) => !OWN_NAMESPACES.includes(name))
      .map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    ...users.map((each) => ({
      apiVersion: `${API}/v1`,
      kind: each.namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata: {
        name: bindingName(each),
        ...(each.namespace === undefined ? {} : { namespace: each.namespace }),
      },
      roleRef: { apiGroup: API, kind: 'ClusterRole', name: each.role },
      subjects: [{ apiGroup: API, kind: each.group === undefined ? 'User' : 'Group', name: each.name ?? each.group }],
    })),
  ]
  return documents.map((document) => stringify(document, { version: '1.1', lineWidth: 0 })).join('---\n')
}
