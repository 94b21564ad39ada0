import type { BootDecision } from '@eims/contracts'
import t from 'tap'
import { decideBoot } from '../src/boot/decide.ts'
import type { BootFacts, NodeFacts, ProfileFacts } from '../src/boot/facts.ts'

const profile: ProfileFacts = {
  name: 'kiosk',
  architecture: 'x86_64',
  finish: 'reboot',
  kernelArgs: 'nomodeset',
  image: { name: 'debian', state: 'ready', reason: null },
}
const image = (state: 'converting' | 'failed', reason: string | null = null) => ({ name: 'debian', state, reason })
const fallback: ProfileFacts = { ...profile, name: 'default', kernelArgs: '' }
const node: NodeFacts = {
  id: 'n1',
  name: 'pos-17',
  registered: true,
  state: 'REGISTERED',
  policy: 'allowed',
  held: null,
  profile,
  instance: null,
  activeRun: null,
}

type Facts = Extract<BootFacts, { databaseUp: true }>
const facts = (match: Facts['match'], site: Partial<Facts['site']> = {}, machine: Partial<Facts> = {}): BootFacts => ({
  databaseUp: true,
  match,
  site: { unknownPolicy: null, defaultProfile: null, autoProvision: true, ...site },
  architecture: 'x86_64',
  microOs: ['x86_64'],
  ...machine,
})
const of = (change: Partial<NodeFacts>, site: Partial<Facts['site']> = {}, machine: Partial<Facts> = {}) =>
  facts({ kind: 'node', node: { ...node, ...change } }, site, machine)
const unknown = (site: Partial<Facts['site']> = {}) => facts({ kind: 'unknown' }, site)
const discovered = (change: Partial<NodeFacts>, site: Partial<Facts['site']> = {}) =>
  of({ registered: false, profile: site.defaultProfile ?? null, ...change }, site)

const conflict = (one: NodeFacts['policy'], other: NodeFacts['policy']) =>
  facts({
    kind: 'conflict',
    reason: 'serial and UUID name different nodes',
    candidates: [
      { name: 'pos-17', policy: one },
      { name: 'pos-18', policy: other },
    ],
  })
const provision = (reason: string, kernelArgs = 'nomodeset', nodeId: string | null = 'n1'): BootDecision => ({
  kind: 'provision',
  nodeId,
  architecture: 'x86_64',
  kernelArgs,
  reason,
})
const local = (reason: string, nodeId: string | null = 'n1'): BootDecision => ({ kind: 'local-disk', nodeId, reason })
const refused = (reason: string, nodeId: string | null = 'n1'): BootDecision => ({ kind: 'refused', nodeId, reason })
const wait = (reason: string, nodeId: string | null = 'n1'): BootDecision => ({
  kind: 'wait',
  where: 'micro-os',
  nodeId,
  architecture: 'x86_64',
  reason,
  retrySeconds: 15,
})
const inFirmware = (
  reason: string,
  architecture: 'x86_64' | 'arm64' | null,
  nodeId: string | null = 'n1',
): Extract<BootDecision, { kind: 'wait' }> => ({
  kind: 'wait',
  where: 'firmware',
  nodeId,
  architecture,
  reason,
  retrySeconds: 15,
})

const quarantined = (decision: BootDecision): BootDecision =>
  decision.kind === 'provision' ? decision : { ...decision, code: 'quarantined' }

const UNREGISTERED = 'this machine is not registered'
const HOLD = `${UNREGISTERED}; waits for a person to give it a profile`
const NO_DEFAULT = `${UNREGISTERED}, and the site has no default profile`
const pending = { state: 'PENDING', reason: null } as const
const defaultProfile = fallback

const table: [name: string, facts: BootFacts, decision: BootDecision][] = [
  ['unknown, no policy, no default profile', unknown(), wait(HOLD, null)],
  [
    'unknown, no policy, a default profile',
    unknown({ defaultProfile }),
    provision('installs profile default', '', null),
  ],
  [
    'unknown, policy hold beats a default profile',
    unknown({ defaultProfile, unknownPolicy: 'hold' }),
    wait(HOLD, null),
  ],
  [
    'unknown, policy refuse',
    unknown({ defaultProfile, unknownPolicy: 'refuse' }),
    refused('this machine is not registered, and the site refuses such', null),
  ],
  [
    'unknown, policy default-profile, a default profile',
    unknown({ defaultProfile, unknownPolicy: 'default-profile' }),
    provision('installs profile default', '', null),
  ],
  [
    'unknown, policy default-profile, no default profile',
    unknown({ unknownPolicy: 'default-profile' }),
    wait(NO_DEFAULT, null),
  ],
  [
    'unknown, default profile, but a person makes instances',
    unknown({ defaultProfile, autoProvision: false }),
    wait('ready for profile default; waits for `eims nodes provision`', null),
  ],
  ['discovered before: the policy still holds', discovered({}, { defaultProfile, unknownPolicy: 'hold' }), wait(HOLD)],
  [
    'discovered before, a default profile',
    discovered({}, { defaultProfile }),
    provision('installs profile default', ''),
  ],
  [
    'discovered before, and a person made its instance',
    discovered({ instance: pending, profile }, { unknownPolicy: 'hold' }),
    provision('installs profile kiosk'),
  ],
  ['registered, with a profile', of({}), provision('installs profile kiosk')],
  ['seen before', of({ state: 'ONBOARDED' }), provision('installs profile kiosk')],
  [
    'registered without a profile, the site has a default',
    of({ profile: null }, { defaultProfile, unknownPolicy: 'refuse' }),
    provision('installs profile default', ''),
  ],
  [
    'registered without a profile, the site has no default',
    of({ profile: null }),
    wait('pos-17 has no profile, and the site has no default profile'),
  ],
  [
    'waiting for an instance',
    of({}, { autoProvision: false }),
    wait('ready for profile kiosk; waits for `eims nodes provision`'),
  ],
  [
    'a person made the instance',
    of({ instance: pending }, { autoProvision: false }),
    provision('installs profile kiosk'),
  ],
  [
    'mid-run',
    of({ activeRun: { id: 'r' }, instance: { state: 'PROVISIONING', reason: null } }),
    provision('pos-17: its run goes on'),
  ],
  [
    'mid-run, the image has gone since',
    of({ activeRun: { id: 'r' }, profile: { ...profile, image: null } }),
    provision('pos-17: its run goes on'),
  ],
  [
    'provisioning, but no run',
    of({ instance: { state: 'PROVISIONING', reason: null } }),
    wait('pos-17 is being provisioned, but by no run; retry it, or have it reprovisioned'),
  ],
  [
    'failed',
    of({ instance: { state: 'FAILED', reason: 'choose-disk: no disk' } }),
    wait('pos-17 failed: choose-disk: no disk; retry it, or have it reprovisioned'),
  ],
  ['provisioned', of({ instance: { state: 'PROVISIONED', reason: null } }), local('pos-17 is provisioned')],
  [
    'finished with hold',
    of({ instance: { state: 'PROVISIONED', reason: null }, profile: { ...profile, finish: 'hold' } }),
    local('pos-17 is finished (hold)'),
  ],
  [
    'finished with poweroff',
    of({ instance: { state: 'PROVISIONED', reason: null }, profile: { ...profile, finish: 'poweroff' } }),
    local('pos-17 is finished (poweroff)'),
  ],
  ['running', of({ instance: { state: 'RUNNING', reason: null } }), local('pos-17 runs its OS')],
  [
    'running, whatever has become of its profile and the Micro-OS',
    of(
      { instance: { state: 'RUNNING', reason: null }, profile: null, held: 'x' },
      {},
      { microOs: [], architecture: null },
    ),
    local('pos-17 runs its OS'),
  ],
  ['held', of({ held: 'disk is not blank' }), wait('disk is not blank')],
  ['held in mid-run', of({ held: 'identities contradict', activeRun: { id: 'r' } }), wait('identities contradict')],
  ['untrusted', of({ state: 'UNTRUSTED' }), refused('pos-17 is not trusted')],
  ['untrusted in mid-run', of({ state: 'UNTRUSTED', activeRun: { id: 'r' } }), refused('pos-17 is not trusted')],
  [
    'deleted',
    of({ state: 'DELETED', instance: { state: 'RUNNING', reason: null } }),
    refused('pos-17 was removed from the registry; register it anew'),
  ],
  [
    'conflict',
    conflict('allowed', 'allowed'),
    quarantined(wait('quarantined: serial and UUID name different nodes (candidates: pos-17, pos-18)', null)),
  ],
  [
    'conflict, and one of the candidates is denied',
    conflict('local', 'denied'),
    quarantined(
      refused(
        'quarantined: serial and UUID name different nodes (candidates: pos-17, pos-18); pos-18 may not boot from the network',
        null,
      ),
    ),
  ],
  [
    'conflict, and one of the candidates boots its disk',
    conflict('allowed', 'local'),
    quarantined(
      local(
        'quarantined: serial and UUID name different nodes (candidates: pos-17, pos-18); pos-18 is to boot its own disk',
        null,
      ),
    ),
  ],
  ['denied', of({ policy: 'denied' }), refused('pos-17 may not boot from the network')],
  [
    'denied in mid-run',
    of({ policy: 'denied', activeRun: { id: 'r' }, instance: { state: 'PROVISIONING', reason: null } }),
    refused('pos-17 may not boot from the network'),
  ],
  [
    'denied, though it runs its OS and is held',
    of({ policy: 'denied', held: 'x', instance: { state: 'RUNNING', reason: null } }),
    refused('pos-17 may not boot from the network'),
  ],
  ['untrusted and local', of({ state: 'UNTRUSTED', policy: 'local' }), refused('pos-17 is not trusted')],
  ['local, though it is ready', of({ policy: 'local' }), local('pos-17 is to boot its own disk')],
  [
    'local in mid-run',
    of({ policy: 'local', activeRun: { id: 'r' }, instance: { state: 'PROVISIONING', reason: null } }),
    local('pos-17 is to boot its own disk'),
  ],
  [
    'local, appeared by itself',
    discovered({ policy: 'local' }, { defaultProfile }),
    local('pos-17 is to boot its own disk'),
  ],
  [
    'the profile is for another architecture',
    of({ profile: { ...profile, architecture: 'arm64' } }),
    wait('profile kiosk is for arm64, this machine is x86_64'),
  ],
  ['no image', of({ profile: { ...profile, image: null } }), wait('the image of profile kiosk is not in the registry')],
  [
    'an image in conversion',
    of({ profile: { ...profile, image: image('converting') } }),
    wait('image debian is still being converted'),
  ],
  [
    'an image that could not be converted',
    of({ profile: { ...profile, image: image('failed', 'not a qcow2') } }),
    wait('image debian could not be converted: not a qcow2'),
  ],
  ['no Micro-OS', of({}, {}, { microOs: [] }), inFirmware('there is no Micro-OS for x86_64 on this server', 'x86_64')],
  [
    'no Micro-OS for a machine that has to wait',
    of({ held: 'disk is not blank', profile: null }, {}, { architecture: 'arm64' }),
    inFirmware('disk is not blank; there is no Micro-OS for arm64 on this server', 'arm64'),
  ],
  [
    'no Micro-OS in mid-run',
    of({ activeRun: { id: 'r' } }, {}, { microOs: ['arm64'] }),
    inFirmware('there is no Micro-OS for x86_64 on this server', 'x86_64'),
  ],
  [
    'the firmware does not tell its architecture',
    of({}, {}, { architecture: null }),
    inFirmware('its firmware does not tell its architecture', null),
  ],
  [
    'the database is down',
    { databaseUp: false },
    { ...inFirmware('the database does not answer, so nothing is installed', null, null), code: 'database-down' },
  ],
]

for (const [name, given, decision] of table)
  await t.test(name, async (t) => {
    t.strictSame(decideBoot(given), decision)
  })
