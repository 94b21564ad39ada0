import type {
  AdmissionFacts,
  Architecture,
  JudgeFacts,
  Judgement,
  NodeFacts,
  ProfileFacts,
  Reason,
  SiteFacts,
} from '@eims/contracts'
import t from 'tap'
import { judge } from '../src/index.ts'
import { disk, instance, node, profile, run, site } from './machines.ts'

type Site = Partial<SiteFacts>
type Row = [name: string, facts: JudgeFacts, judgement: Judgement]

const of = (change: Partial<NodeFacts>, siteChange: Site = {}, architecture: Architecture | null = 'x86_64') => ({
  who: { kind: 'node', node: { ...node, ...change } } as const,
  site: { ...site, ...siteChange },
  architecture,
})
const unknown = (siteChange: Site = {}, architecture: Architecture | null = 'x86_64'): JudgeFacts => ({
  who: { kind: 'unknown' },
  site: { ...site, ...siteChange },
  architecture,
})
/** It appeared by itself before, and has the site's default profile, as the registry would say. */
const discovered = (change: Partial<NodeFacts>, siteChange: Site = {}) =>
  of({ registered: false, state: 'ONBOARDED', profile: siteChange.defaultProfile ?? null, ...change }, siteChange)

const contradicts: Reason = { code: 'told', slots: { text: 'serial and UUID name different nodes' } }
const conflict = (...candidates: [AdmissionFacts['netbootPolicy'], AdmissionFacts['state']?][]): JudgeFacts => ({
  who: {
    kind: 'conflict',
    why: contradicts,
    candidates: candidates.map(([netbootPolicy, state = 'REGISTERED'], index) => ({
      name: `pos-${17 + index}`,
      netbootPolicy,
      state,
    })),
  },
  site,
  architecture: 'x86_64',
})

const provision = (reason: Reason): Judgement => ({ kind: 'provision', reason })
const local = (reason: Reason): Judgement => ({ kind: 'local-disk', reason })
const wait = (reason: Reason): Judgement => ({ kind: 'wait', reason })
const refused = (reason: Reason): Judgement => ({ kind: 'refused', reason })

const defaultProfile: ProfileFacts = { ...profile, name: 'default', kernelArgs: '' }
const arm64: ProfileFacts = { ...profile, architecture: 'arm64' }
const converting: ProfileFacts = { ...profile, image: { name: 'debian', state: 'converting', reason: null } }
const broken = (why: Reason | null): ProfileFacts => ({
  ...profile,
  image: { name: 'debian', state: 'failed', reason: why },
})
const templated: ProfileFacts = { ...profile, workflow: 'flow' }
const noImage: Reason = {
  code: 'workflow-image-missing',
  slots: { workflow: 'flow', url: 'https://images.example/debian.raw', kind: 'disk', sha256: null },
}
const planFault = { reason: noImage, at: '2026-11-20T10:00:00.000Z' }
const noDisk: Reason = { code: 'image-kind', slots: { image: 'rootfs', profile: 'kiosk', kind: 'disk' } }
const demanded: Reason = { code: 'secure-boot-demanded', slots: { profile: 'kiosk', has: 'off' } }
const unfit: Reason = { code: 'config-unfit', slots: { image: 'debian', profile: 'kiosk', needs: 'k3s' } }
const unreadable: Reason = { code: 'config-unreadable', slots: { level: 'batch', name: 'lot', places: 'line 1' } }
const digest: Reason = { code: 'told', slots: { text: 'not a qcow2' } }

const installs: Reason = { code: 'installs', slots: { profile: 'kiosk' } }
const installsDefault: Reason = { code: 'installs', slots: { profile: 'default' } }
const goesOn: Reason = { code: 'run-goes-on', slots: { node: 'pos-17' } }
const denied: Reason = { code: 'netboot-denied', slots: { node: 'pos-17' } }
const toDisk: Reason = { code: 'netboot-local', slots: { node: 'pos-17' } }
const untrusted: Reason = { code: 'untrusted', slots: { node: 'pos-17' } }
const deleted: Reason = { code: 'deleted', slots: { node: 'pos-17' } }
const runsItsOs: Reason = { code: 'runs-its-os', slots: { node: 'pos-17' } }
const isConverting: Reason = { code: 'image-converting', slots: { image: 'debian', profile: 'kiosk' } }
const failedBy = (why: Reason): Reason => ({ code: 'image-failed', slots: { image: 'debian', profile: 'kiosk', why } })
const notAskedFor: Reason = { code: 'not-asked-for', slots: { profile: 'kiosk' } }
const unregistered = (policy: SiteFacts['unknownPolicy']): Reason => ({ code: 'unregistered', slots: { policy } })
const held = (text: string): Reason => ({ code: 'held', slots: { text } })
const finished = (finish: ProfileFacts['finish']): Reason => ({ code: 'finished', slots: { node: 'pos-17', finish } })
const otherArchitecture: Reason = {
  code: 'other-architecture',
  slots: { profile: 'kiosk', wanted: 'arm64', has: 'x86_64' },
}
const quarantined = (closed: Reason | null, candidates = ['pos-17', 'pos-18']): Reason => ({
  code: 'quarantined',
  slots: { why: contradicts, candidates, closed },
})

const table: Row[] = [
  ['unknown, no policy, no default profile', unknown(), wait(unregistered(null))],
  ['unknown, no policy, a default profile', unknown({ defaultProfile }), provision(installsDefault)],
  [
    'unknown, policy hold beats a default profile',
    unknown({ defaultProfile, unknownPolicy: 'hold' }),
    wait(unregistered('hold')),
  ],
  ['unknown, policy refuse', unknown({ defaultProfile, unknownPolicy: 'refuse' }), refused(unregistered('refuse'))],
  [
    'unknown, policy default-profile, a default profile',
    unknown({ defaultProfile, unknownPolicy: 'default-profile' }),
    provision(installsDefault),
  ],
  [
    'unknown, policy default-profile, no default profile',
    unknown({ unknownPolicy: 'default-profile' }),
    wait(unregistered('default-profile')),
  ],
  [
    'unknown, default profile, but a person makes instances',
    unknown({ defaultProfile, autoProvision: false }),
    wait({ code: 'not-asked-for', slots: { profile: 'default' } }),
  ],
  [
    'unknown, the default profile is for another architecture',
    unknown({ defaultProfile }, 'arm64'),
    wait({ code: 'other-architecture', slots: { profile: 'default', wanted: 'x86_64', has: 'arm64' } }),
  ],
  [
    'unknown, the image of the default profile is in conversion',
    unknown({ defaultProfile: converting }),
    wait(isConverting),
  ],

  [
    'discovered before: the policy still holds',
    discovered({}, { defaultProfile, unknownPolicy: 'hold' }),
    wait(unregistered('hold')),
  ],
  [
    'discovered before, and refused from now on',
    discovered({}, { defaultProfile, unknownPolicy: 'refuse' }),
    refused(unregistered('refuse')),
  ],
  ['discovered before, no default profile', discovered({}), wait(unregistered(null))],
  ['discovered before, a default profile', discovered({}, { defaultProfile }), provision(installsDefault)],
  [
    'discovered before, and a person made its instance',
    discovered({ instance: instance('PENDING'), profile }, { unknownPolicy: 'hold' }),
    provision(installs),
  ],
  [
    'discovered before, and its instance is there but no profile',
    discovered({ instance: instance('PENDING') }, { unknownPolicy: 'hold' }),
    wait({ code: 'no-profile', slots: { node: 'pos-17' } }),
  ],

  ['registered, with a profile', of({}), provision(installs)],
  ['seen before', of({ state: 'ONBOARDED' }), provision(installs)],
  [
    'registered without a profile, the site has a default',
    of({ profile: defaultProfile }, { defaultProfile, unknownPolicy: 'refuse' }),
    provision(installsDefault),
  ],
  [
    'registered without a profile, the site has no default',
    of({ profile: null }),
    wait({ code: 'no-profile', slots: { node: 'pos-17' } }),
  ],
  ['waiting for an instance', of({}, { autoProvision: false }), wait(notAskedFor)],
  ['a person made the instance', of({ instance: instance('PENDING') }, { autoProvision: false }), provision(installs)],
  [
    'to be imaged again: its last run is over',
    of({ instance: instance('PENDING'), run: run('SUCCEEDED', 'i0') }, { autoProvision: false }),
    provision(installs),
  ],

  ['mid-run', of({ run: run('RUNNING'), instance: instance('PROVISIONING') }), provision(goesOn)],
  ['its run has not begun', of({ run: run('PENDING'), instance: instance('PENDING') }), provision(goesOn)],
  [
    'mid-run, the image has gone since',
    of({ run: run('RUNNING'), instance: instance('PROVISIONING'), profile: broken(digest) }),
    provision(goesOn),
  ],
  [
    'mid-run, the profile has gone since',
    of({ run: run('RUNNING'), instance: instance('PROVISIONING'), profile: null }),
    provision(goesOn),
  ],
  [
    'mid-run, though the site has come to refuse such',
    discovered(
      { run: run('RUNNING'), instance: instance('PROVISIONING'), disks: [disk('gpt')] },
      { unknownPolicy: 'refuse' },
    ),
    provision(goesOn),
  ],
  [
    'provisioning, but no run',
    of({ instance: instance('PROVISIONING') }),
    wait({ code: 'no-run', slots: { node: 'pos-17' } }),
  ],
  [
    'failed',
    of({
      instance: {
        id: 'i1',
        state: 'FAILED',
        status: {
          code: 'action-failed',
          slots: { action: 'choose-disk', why: { code: 'no-disk-found', slots: {} }, exitCode: null },
        },
        profile: 'kiosk',
      },
      run: run('FAILED'),
    }),
    wait({
      code: 'run-failed',
      slots: {
        node: 'pos-17',
        why: {
          code: 'action-failed',
          slots: { action: 'choose-disk', why: { code: 'no-disk-found', slots: {} }, exitCode: null },
        },
      },
    }),
  ],
  ['provisioned', of({ instance: instance('PROVISIONED') }), local(finished('reboot'))],
  [
    'finished with hold',
    of({ instance: instance('PROVISIONED'), profile: { ...profile, finish: 'hold' } }),
    local(finished('hold')),
  ],
  [
    'finished with poweroff',
    of({ instance: instance('PROVISIONED'), profile: { ...profile, finish: 'poweroff' } }),
    local(finished('poweroff')),
  ],
  [
    'provisioned, its profile has gone since',
    of({ instance: instance('PROVISIONED'), profile: null }),
    local(finished('reboot')),
  ],
  ['running', of({ instance: instance('RUNNING') }), local(runsItsOs)],
  [
    'running, whatever has become of its profile',
    of({ instance: instance('RUNNING'), profile: null, hold: 'x' }, {}, null),
    local(runsItsOs),
  ],

  ['held', of({ hold: 'disk is not blank' }), wait(held('disk is not blank'))],
  [
    'held, asked for or not',
    of({ hold: 'waits for parts', instance: instance('PENDING') }),
    wait(held('waits for parts')),
  ],
  [
    'held in mid-run',
    of({ hold: 'identities contradict', run: run('RUNNING'), instance: instance('PROVISIONING') }),
    wait(held('identities contradict')),
  ],
  ['held, appeared by itself', discovered({ hold: 'x' }, { unknownPolicy: 'refuse' }), wait(held('x'))],
  ['held without a profile', of({ hold: 'x', profile: null }), wait(held('x'))],

  ['untrusted', of({ state: 'UNTRUSTED' }), refused(untrusted)],
  [
    'untrusted in mid-run',
    of({ state: 'UNTRUSTED', run: run('RUNNING'), instance: instance('PROVISIONING') }),
    refused(untrusted),
  ],
  ['untrusted and held', of({ state: 'UNTRUSTED', hold: 'x' }), refused(untrusted)],
  ['untrusted and local', of({ state: 'UNTRUSTED', netbootPolicy: 'local' }), refused(untrusted)],
  ['untrusted and denied', of({ state: 'UNTRUSTED', netbootPolicy: 'denied' }), refused(untrusted)],
  ['untrusted, though it runs its OS', of({ state: 'UNTRUSTED', instance: instance('RUNNING') }), refused(untrusted)],
  ['deleted', of({ state: 'DELETED', instance: instance('RUNNING') }), refused(deleted)],
  ['deleted and denied', of({ state: 'DELETED', netbootPolicy: 'denied' }), refused(deleted)],

  ['denied', of({ netbootPolicy: 'denied' }), refused(denied)],
  ['denied, asked for or not', of({ netbootPolicy: 'denied', instance: instance('PENDING') }), refused(denied)],
  [
    'denied in mid-run',
    of({ netbootPolicy: 'denied', run: run('RUNNING'), instance: instance('PROVISIONING') }),
    refused(denied),
  ],
  [
    'denied, though it runs its OS and is held',
    of({ netbootPolicy: 'denied', hold: 'x', instance: instance('RUNNING') }),
    refused(denied),
  ],
  ['local, though it is ready', of({ netbootPolicy: 'local' }), local(toDisk)],
  [
    'local: its disk is to be kept, asked for or not',
    of({ netbootPolicy: 'local', instance: instance('PENDING') }),
    local(toDisk),
  ],
  [
    'local in mid-run',
    of({ netbootPolicy: 'local', run: run('RUNNING'), instance: instance('PROVISIONING') }),
    local(toDisk),
  ],
  ['local, appeared by itself', discovered({ netbootPolicy: 'local' }, { defaultProfile }), local(toDisk)],
  ['local and held', of({ netbootPolicy: 'local', hold: 'x' }), local(toDisk)],

  ['the profile is for another architecture', of({ profile: arm64 }), wait(otherArchitecture)],
  [
    'the profile is for another architecture than its inventory says, and it says nothing itself',
    of({ profile: arm64, architecture: 'x86_64' }, {}, null),
    wait(otherArchitecture),
  ],
  [
    'what the machine says itself counts before its inventory',
    of({ architecture: 'arm64' }, {}, 'x86_64'),
    provision(installs),
  ],
  ['nobody knows its architecture', of({ architecture: null, profile: arm64 }, {}, null), provision(installs)],
  ['its workflow made no plan', of({ profile: templated, planFault }), wait(noImage)],
  [
    'another workflow made no plan, before',
    of({ profile: { ...templated, workflow: 'other' }, planFault }),
    provision({ code: 'installs', slots: { profile: profile.name } }),
  ],
  [
    'it has no workflow any more',
    of({ profile, planFault }),
    provision({ code: 'installs', slots: { profile: profile.name } }),
  ],
  [
    'its config-file cannot be read',
    of({ profile, planFault: { ...planFault, reason: unreadable } }),
    wait(unreadable),
  ],
  [
    'its config-files ask for what its image has not',
    of({ profile, planFault: { ...planFault, reason: unfit } }),
    wait(unfit),
  ],
  ['its image is of another kind', of({ profile, planFault: { ...planFault, reason: noDisk } }), wait(noDisk)],
  [
    'its profile is for machines with Secure Boot',
    of({ profile, planFault: { ...planFault, reason: demanded } }),
    wait(demanded),
  ],
  [
    'another profile was for machines with Secure Boot',
    of({ profile: defaultProfile, planFault: { ...planFault, reason: demanded } }),
    provision(installsDefault),
  ],
  [
    'another profile’s image was of another kind',
    of({ profile: defaultProfile, planFault: { ...planFault, reason: noDisk } }),
    provision(installsDefault),
  ],
  ['an image in conversion', of({ profile: converting }), wait(isConverting)],
  [
    'an image in conversion, asked for or not',
    of({ profile: converting, instance: instance('PENDING') }),
    wait(isConverting),
  ],
  ['an image that could not be converted', of({ profile: broken(digest) }), wait(failedBy(digest))],
  [
    'an image that could not be converted, and nobody knows why',
    of({ profile: broken(null) }),
    wait(failedBy({ code: 'told', slots: { text: 'no reason is known' } })),
  ],
  [
    'other architecture and an image in conversion',
    of({ profile: { ...converting, architecture: 'arm64' } }),
    wait(otherArchitecture),
  ],
  [
    'an image in conversion and not asked for',
    of({ profile: converting }, { autoProvision: false }),
    wait(isConverting),
  ],

  ['conflict', conflict(['allowed'], ['allowed']), wait(quarantined(null))],
  ['conflict, and nobody it could be', conflict(), wait(quarantined(null, []))],
  [
    'conflict, and one of the candidates is denied',
    conflict(['local'], ['denied']),
    refused(quarantined({ code: 'netboot-denied', slots: { node: 'pos-18' } })),
  ],
  [
    'conflict, and one of the candidates boots its disk',
    conflict(['allowed'], ['local']),
    local(quarantined({ code: 'netboot-local', slots: { node: 'pos-18' } })),
  ],
  [
    'conflict, and one of the candidates is not trusted',
    conflict(['local'], ['allowed', 'UNTRUSTED']),
    refused(quarantined({ code: 'untrusted', slots: { node: 'pos-18' } })),
  ],
  [
    'conflict, and both are denied: the first is named',
    conflict(['denied'], ['denied']),
    refused(quarantined({ code: 'netboot-denied', slots: { node: 'pos-17' } })),
  ],
]

for (const [name, facts, judgement] of table)
  await t.test(name, async (t) => {
    t.strictSame(judge(facts), judgement)
  })
