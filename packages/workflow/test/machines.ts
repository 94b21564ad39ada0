import type { Disk, NodeFacts, ProfileFacts, SiteFacts } from '@eims/contracts'

/** A profile whose image is ready. */
export const profile: ProfileFacts = {
  name: 'kiosk',
  architecture: 'x86_64',
  finish: 'reboot',
  kernelArgs: 'nomodeset',
  phoneHomeTimeout: 1800,
  image: { name: 'debian', state: 'ready', reason: null },
}

/** A registered machine that nothing speaks against. */
export const node: NodeFacts = {
  id: 'n1',
  name: 'pos-17',
  registered: true,
  state: 'REGISTERED',
  netbootPolicy: 'allowed',
  status: { code: 'registered', slots: {} },
  hold: null,
  lastSeenAt: null,
  profile,
  instance: null,
  run: null,
  architecture: 'x86_64',
  disks: [],
}

/** A site that installs whatever has a profile, and has no default one. */
export const site: SiteFacts = {
  unknownPolicy: null,
  autoProvision: true,
  overwriteUnregistered: false,
  defaultProfile: null,
}

/** The OS of a node: the only one that it had so far. */
export const instance = (state: NonNullable<NodeFacts['instance']>['state']): NodeFacts['instance'] => ({
  id: 'i1',
  state,
  status: { code: 'waits-to-be-provisioned', slots: {} },
  profile: 'kiosk',
})

/** Its newest run, by which instance `i1` is made. */
export const run = (state: NonNullable<NodeFacts['run']>['state'], instanceId = 'i1'): NodeFacts['run'] => ({
  id: 'r1',
  state,
  reason: null,
  pause: null,
  instanceId,
})

/** A plain disk of the machine: blank, unless something was found on it. */
export const disk = (found: string | null = null, change: Partial<Disk> = {}): Disk => ({
  path: '/dev/sda',
  size: 1e9,
  sectorSize: 512,
  transport: 'ata',
  removable: false,
  readOnly: false,
  model: null,
  serial: null,
  wwn: null,
  content: { blank: found === null, found },
  ...change,
})
