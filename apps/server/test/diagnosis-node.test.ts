import {
  type Disk,
  type NodeFacts,
  nodeSymptoms,
  type ProfileFacts,
  type Reason,
  type SiteFacts,
  shown,
} from '@eims/contracts'
import { waitingFor } from '@eims/workflow'
import t from 'tap'
import {
  at,
  conflict,
  decided,
  event,
  facts,
  instance,
  node,
  refusedWord,
  repeated,
  run,
  severalNodes,
  upToMicroOs,
} from './support/diagnosis.ts'
import { judged } from './support/diagnosis-garbled.ts'
import { judgeEach, type Row } from './support/diagnosis-rows.ts'

const onboarded = event(40, 'agent.onboarded', 'the agent onboarded (0.1.0)', { version: '0.1.0' })
const claimed = conflict(50, severalNodes)
const failure = (action: string, why: Reason): Reason => ({
  code: 'action-failed',
  slots: { action, why, exitCode: null },
})
const noDisk = failure('choose-disk', { code: 'no-disk-found', slots: {} })
const badDisk = failure('write-image', {
  code: 'disk-error',
  slots: { disk: '/dev/sda', doing: 'write', offset: 1_200_000_000, text: 'Input/output error' },
})
const cancelled: Reason = { code: 'cancelled', slots: { by: 'admin' } }
const provisioning = instance('PROVISIONING', { code: 'provisioning', slots: {} })
const written = instance('PROVISIONED', { code: 'written-awaits-report', slots: {} })
const notAskedFor: Reason = { code: 'not-asked-for', slots: { profile: 'debian' } }
const toItsDisk = decided(130, 'local-disk', { code: 'finished', slots: { node: 'unit-1', finish: 'reboot' } })
const failedRun = run('FAILED', 'FAILED', noDisk)

const twin: Reason = {
  code: 'twin',
  slots: {
    node: 'unit-1',
    serial: 'SN-1',
    uuid: null,
    macs: ['52:54:00:aa:00:02'],
    others: ['52:54:00:aa:00:01'],
    how: 'alive',
  },
}

const rows: Row[] = [
  {
    symptom: 'untrusted',
    now: 60,
    events: upToMicroOs,
    more: { node: node({ state: 'UNTRUSTED' }) },
    says: 'unit-1 is marked as untrusted, so it gets nothing.',
  },
  {
    symptom: 'onboarded',
    now: 45,
    events: [...upToMicroOs, onboarded],
    more: { node: node(), agentSeenAt: at(43) },
    says: 'unit-1 is in the Micro-OS, its agent was heard 2 s ago, and its next action is being prepared.',
  },
  {
    symptom: 'claimed',
    now: 60,
    events: [...upToMicroOs, claimed],
    more: { node: node({ state: 'REGISTERED' }) },
    says: "A machine that could be unit-1 is quarantined: its identifiers name different nodes: serial SN-1 is unit-1's, MAC 52:54:00:aa:00:02 is unit-2's.",
  },
  {
    symptom: 'twin',
    now: 200,
    events: [
      ...upToMicroOs,
      onboarded,
      repeated(conflict(50, twin), 9, 190),
      event(195, 'action.ended', 'write-image done'),
    ],
    more: { node: node({ run: run('RUNNING', 'RUNNING'), instance: provisioning }), agentSeenAt: at(199) },
    says: 'A second machine goes by the name of unit-1: two machines say that they are unit-1 (serial SN-1): this one with MAC 52:54:00:aa:00:02, and the one with MAC 52:54:00:aa:00:01, which has unit-1 and is there as well.',
  },
  {
    symptom: 'installing',
    now: 400,
    events: [...upToMicroOs, onboarded, repeated(conflict(50, twin), 9, 190)],
    more: { node: node({ run: run('RUNNING', 'RUNNING'), instance: provisioning }), agentSeenAt: at(399) },
    says: 'unit-1 is being installed: write-image, 42 % done. It was heard 1 s ago.',
  },
  {
    symptom: 'report-refused',
    now: 300,
    events: [
      ...upToMicroOs,
      onboarded,
      event(100, 'instance.provisioned', 'the OS is written'),
      refusedWord(290, 'os', { code: 'report-of-old-instance', slots: {} }),
    ],
    more: { node: node({ run: run('SUCCEEDED', 'SUCCEEDED'), instance: written }), phoneHomeDueAt: at(1900) },
    says: 'What was said in the name of unit-1 was refused 10 s ago: the report is of an instance that has been replaced.',
  },
  {
    symptom: 'report-refused',
    now: 300,
    events: [...upToMicroOs, onboarded, refusedWord(290, 'agent', { code: 'booted-anew', slots: {} })],
    more: { node: node({ run: run('RUNNING', 'RUNNING'), instance: provisioning }), agentSeenAt: at(200) },
    says: 'What was said in the name of unit-1 was refused 10 s ago: the machine has booted anew, or another one has its node.',
  },
  {
    symptom: 'os-alike',
    now: 9000,
    events: [...upToMicroOs, onboarded],
    more: {
      node: node({
        run: run('SUCCEEDED', 'SUCCEEDED'),
        instance: instance('RUNNING', { code: 'os-runs', slots: { os: 'Debian 12' } }, 'Debian 12'),
        warnings: [
          shown({ code: 'os-alike', slots: { kind: 'machine-id', value: '0af1', nodes: ['unit-2', 'unit-3'] } }),
        ],
      }),
    },
    says: 'unit-1 runs its OS, and its OS has the same machine-id (0af1) as that of unit-2, unit-3.',
  },
  {
    symptom: 'held-by-person',
    now: 500,
    events: [...upToMicroOs, onboarded],
    more: {
      node: node({ hold: 'the customer calls back' }),
      waiting: { code: 'held', slots: { text: 'the customer calls back' } },
      agentSeenAt: at(498),
    },
    says: 'A person holds unit-1: the customer calls back.',
  },
  {
    symptom: 'waits-in-micro-os',
    now: 500,
    events: [...upToMicroOs, onboarded],
    more: { node: node(), waiting: notAskedFor, agentSeenAt: at(498) },
    says: 'unit-1 waits in the Micro-OS: ready for profile debian; waits for: eims nodes provision.',
  },
  {
    symptom: 'gone',
    now: 900,
    events: [...upToMicroOs, onboarded],
    more: { node: node(), waiting: notAskedFor, agentSeenAt: at(600) },
    says: 'unit-1 was in the Micro-OS, and its agent was last heard 5 min ago. It waited for this: ready for profile debian; waits for: eims nodes provision.',
  },
  {
    symptom: 'installing',
    now: 100,
    events: [...upToMicroOs, onboarded, event(42, 'action.started', 'write-image began', { action: 'write-image' })],
    more: {
      node: node({ run: run('RUNNING', 'RUNNING'), instance: provisioning }),
      agentSeenAt: at(98),
    },
    says: 'unit-1 is being installed: write-image, 42 % done. It was heard 2 s ago.',
  },
  {
    symptom: 'agent-silent',
    now: 400,
    events: [...upToMicroOs, onboarded, event(42, 'action.started', 'write-image began', { action: 'write-image' })],
    more: {
      node: node({ run: run('RUNNING', 'RUNNING'), instance: provisioning }),
      agentSeenAt: at(98),
    },
    says: 'The agent of unit-1 was last heard 5 min ago, during: write-image, 42 % done.',
  },
  {
    symptom: 'cancelled',
    now: 400,
    events: [...upToMicroOs, onboarded],
    more: {
      node: node({ run: run('CANCELLED', 'RUNNING', cancelled), instance: instance('FAILED', cancelled) }),
      agentSeenAt: at(398),
    },
    says: 'The run of unit-1 was cancelled: cancelled by admin.',
  },
  {
    symptom: 'no-disk',
    now: 400,
    events: [...upToMicroOs, onboarded],
    more: {
      node: node({
        run: {
          ...failedRun,
          actions: failedRun.actions.map((action) => ({ ...action, name: 'choose-disk' })),
        },
        instance: instance('FAILED', noDisk),
      }),
    },
    says: 'The installation of unit-1 failed: choose-disk: No disk was found in this machine.',
  },
  {
    symptom: 'run-failed',
    now: 400,
    events: [...upToMicroOs, onboarded],
    more: {
      node: node({
        run: run('FAILED', 'FAILED', badDisk),
        instance: instance('FAILED', badDisk),
      }),
    },
    says: 'The installation of unit-1 failed: write-image: The disk /dev/sda cannot be written at byte 1200000000: Input/output error.',
  },
  {
    symptom: 'sealed',
    now: 400,
    events: [...upToMicroOs, onboarded, event(100, 'instance.provisioned', 'the OS is written; the unit is sealed')],
    more: {
      node: node({
        run: run('SUCCEEDED', 'SUCCEEDED'),
        instance: instance('PROVISIONED', { code: 'written-and-sealed', slots: {} }),
      }),
    },
    says: 'unit-1 is finished: the OS is written; the unit is sealed.',
  },
  {
    symptom: 'first-boot',
    now: 160,
    events: [...upToMicroOs, onboarded, event(100, 'instance.provisioned', 'the OS is written')],
    more: {
      node: node({ run: run('SUCCEEDED', 'SUCCEEDED'), instance: written }),
      phoneHomeDueAt: at(1900),
    },
    says: 'The OS is on the disk of unit-1, which boots it for the first time; 29 min are left for its report.',
  },
  {
    symptom: 'disk-not-booting',
    now: 400,
    events: [
      ...upToMicroOs,
      onboarded,
      event(100, 'instance.provisioned', 'the OS is written'),
      repeated(toItsDisk, 5, 390),
    ],
    more: {
      node: node({ run: run('SUCCEEDED', 'SUCCEEDED'), instance: written }),
      phoneHomeDueAt: at(1900),
    },
    says: 'unit-1 was sent to its freshly written disk and keeps coming back to the network, for 4 min now.',
  },
  {
    symptom: 'first-boot',
    now: 200,
    events: [
      ...upToMicroOs,
      onboarded,
      event(100, 'instance.provisioned', 'the OS is written'),
      repeated(toItsDisk, 5, 180),
    ],
    more: {
      node: node({ run: run('SUCCEEDED', 'SUCCEEDED'), instance: written }),
      phoneHomeDueAt: at(1900),
    },
    says: 'The OS is on the disk of unit-1, which boots it for the first time; 28 min are left for its report.',
  },
  {
    symptom: 'no-phone-home',
    now: 2000,
    events: [...upToMicroOs, onboarded, event(100, 'instance.provisioned', 'the OS is written')],
    more: {
      node: node({
        run: run('SUCCEEDED', 'SUCCEEDED'),
        instance: instance('FAILED', { code: 'no-report-in-time', slots: {} }),
      }),
    },
    says: 'The OS is on the disk of unit-1, and it did not report itself in time.',
  },
  {
    symptom: 'os-fault',
    now: 400,
    events: [...upToMicroOs, onboarded],
    more: {
      node: node({
        run: run('SUCCEEDED', 'SUCCEEDED'),
        instance: instance('FAILED', {
          code: 'cloud-init-failed',
          slots: { status: 'error', errors: ['no package nginx'] },
        }),
      }),
    },
    says: 'The OS of unit-1 runs and reported a fault: cloud-init ended as error: no package nginx.',
  },
  {
    symptom: 'running',
    now: 9000,
    events: [...upToMicroOs, onboarded, event(140, 'instance.running', 'Debian 12 runs and cloud-init is done')],
    more: {
      node: node({
        run: run('SUCCEEDED', 'SUCCEEDED'),
        instance: instance('RUNNING', { code: 'os-runs', slots: { os: 'Debian 12' } }, 'Debian 12'),
      }),
    },
    says: 'unit-1 runs its OS: Debian 12.',
  },
]

await judgeEach(t, rows, Object.keys(nodeSymptoms))

await t.test('for each reason of the judge it is said what lets the machine go on', async (t) => {
  const site: SiteFacts = {
    unknownPolicy: null,
    defaultProfile: null,
    autoProvision: true,
    overwriteUnregistered: false,
  }
  const profile = (state: ProfileFacts['image']['state'], more: Partial<ProfileFacts> = {}): ProfileFacts => ({
    name: 'p',
    architecture: 'x86_64',
    finish: 'reboot',
    kernelArgs: '',
    phoneHomeTimeout: 1800,
    image: { name: 'i', state, reason: null },
    ...more,
  })
  const disk: Disk = {
    path: '/dev/sda',
    size: 1e9,
    sectorSize: 512,
    transport: 'ata',
    removable: false,
    readOnly: false,
    model: null,
    serial: null,
    wwn: null,
    content: { blank: false, found: 'gpt' },
  }
  const remedies = (code: Reason['code'], more: Partial<NodeFacts>, policy: Partial<SiteFacts> = {}) => {
    const about: NodeFacts = {
      id: 'n1',
      name: 'unit-1',
      registered: true,
      state: 'ONBOARDED',
      netbootPolicy: 'allowed',
      status: { code: 'onboarded', slots: {} },
      hold: null,
      lastSeenAt: null,
      profile: profile('ready'),
      instance: null,
      run: null,
      architecture: 'x86_64',
      disks: [disk],
      ...more,
    }
    const waiting = waitingFor(about, { ...site, ...policy })
    t.equal(waiting?.code, code)
    const known = { node: node(), waiting, agentSeenAt: at(498) }
    return judged(t, facts(500, [...upToMicroOs, onboarded], known)).remedy[0]
  }
  const given = { unknownPolicy: 'default-profile', defaultProfile: profile('ready') } as const
  t.match(remedies('no-profile', { profile: null }), /eims nodes set unit-1 --profile/)
  t.match(remedies('unregistered', { registered: false, profile: null }), /eims nodes adopt unit-1 --profile/)
  t.match(remedies('disk-not-blank', { registered: false }, given), /overwritten: .*nodes adopt unit-1/)
  t.match(remedies('image-converting', { profile: profile('converting') }), /goes on when the image is ready/)
  t.match(remedies('image-failed', { profile: profile('failed') }), /eims images add/)
  t.match(
    remedies('other-architecture', { profile: profile('ready', { architecture: 'arm64' }) }),
    /of its architecture: .*nodes set unit-1/,
  )
  t.match(remedies('not-asked-for', {}, { autoProvision: false }), /eims nodes provision unit-1$/)
  t.match(remedies('netboot-denied', { netbootPolicy: 'denied' }), /To let it: .*nodes set unit-1 --netboot allowed$/)
  t.match(remedies('netboot-local', { netbootPolicy: 'local' }), /installed: .*nodes set unit-1 --netboot allowed$/)
})

await t.test('a claim is over when the node itself is heard, or a person changed it, or the next day', async (t) => {
  const registered = node({ state: 'REGISTERED' })
  const symptom = (second: number, ...events: Parameters<typeof facts>[1]) =>
    judged(t, facts(second, [...upToMicroOs, claimed, ...events], { node: registered })).symptom
  t.equal(symptom(70), 'claimed')
  t.not(symptom(70, event(60, 'agent.onboarded', 'the agent onboarded (0.1.0)', { version: '0.1.0' })), 'claimed')
  t.not(symptom(70, event(60, 'node.changed', 'its serial is SN-9 now')), 'claimed')
  t.not(symptom(25 * 3600), 'claimed')
})

await t.test('a firmware without room for its variables: what to do stands before what always helps', async (t) => {
  const full: Reason = { code: 'firmware-full', slots: { variable: 'Boot0003' } }
  const reason: Reason = { code: 'action-failed', slots: { action: 'boot-order', why: full, exitCode: null } }
  const failed = node({ run: run('FAILED', 'FAILED', reason), instance: instance('FAILED', reason) })
  const { symptom, remedy } = judged(t, facts(400, [...upToMicroOs, onboarded], { node: failed }))
  t.equal(symptom, 'run-failed')
  t.strictSame(remedy, [
    'In its firmware’s setup delete boot entries that lead nowhere, or load the defaults; some free the room only when restarted. Then: ./eims nodes retry unit-1',
    './eims nodes logs unit-1 tells more. When it is mended: ./eims nodes retry unit-1',
  ])
})
