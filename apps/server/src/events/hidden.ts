import { ChangeKind, includesRole, type Role, type Route, type RouteName, routes } from '@eims/contracts'

type Thing = ChangeKind extends `${infer T}.${string}` ? T : never

/** Who may read the thing may hear of it. */
const readBy: Record<Thing, RouteName> = {
  site: 'getSite',
  batch: 'getBatch',
  profile: 'getProfile',
  workflow: 'getWorkflow',
  addon: 'getAddon',
  account: 'getAccount',
  secret: 'getSecret',
  image: 'getImage',
  key: 'getKey',
  webhook: 'getWebhook',
  import: 'getImport',
  registry: 'getSite',
  clock: 'getSite',
}

const thingOf = (kind: string) => kind.split('.')[0] as Thing

/** The role that it takes to hear of a kind of event, or of all kinds of a thing (`key.*`). */
export function roleFor(kind: string): Role {
  const { role }: Route = routes[readBy[thingOf(kind)] ?? 'getNode']
  if (!role || role === 'anyone') throw new Error(`${kind} is read without a role`)
  return role
}

/** Kinds of events that whoever has the role is not told. */
export const hiddenFrom = (role: Role): ChangeKind[] =>
  ChangeKind.options.filter((kind) => !includesRole(role, roleFor(kind)))
