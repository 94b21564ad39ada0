import t from 'tap'
import { diagnose } from '../src/diagnosis/diagnose.ts'
import { nodeSymptoms } from '../src/diagnosis/symptoms-node.ts'
import { type Prospect, whyHeld } from '../src/engine/hold.ts'
import { at, decided, event, facts, instance, node, repeated, run, upToMicroOs } from './support/diagnosis.ts'
import { judgeEach, type Row } from './support/diagnosis-rows.ts'

const onboarded = event(40, 'agent.onboarded', 'the agent onboarded (0.1.0)')
const conflict = event(
  50,
  'identity.conflict',
  "Its identifiers name different nodes: serial SN-1 is unit-1's, MAC 52:54:00:aa:00:02 is unit-2's.",
)
const failedRun = run('FAILED', 'FAILED', 'choose-disk: No disk was found in this machine')

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
    events: [...upToMicroOs, conflict],
    more: { node: node({ state: 'REGISTERED' }) },
    says: "A machine that could be unit-1 is quarantined: Its identifiers name different nodes: serial SN-1 is unit-1's, MAC 52:54:00:aa:00:02 is unit-2's.",
  },
  {
    symptom: 'held-by-person',
    now: 500,
    events: [...upToMicroOs, onboarded],
    more: { node: node({ held: 'the customer calls back' }), hold: 'the customer calls back', agentSeenAt: at(498) },
    says: 'A person holds unit-1: the customer calls back.',
  },
  {
    symptom: 'held',
    now: 500,
    events: [...upToMicroOs, onboarded],
    more: { node: node({ held: 'waits for: eims nodes provision' }), agentSeenAt: at(498) },
    says: 'unit-1 waits in the Micro-OS: waits for: eims nodes provision.',
  },
  {
    symptom: 'gone',
    now: 900,
    events: [...upToMicroOs, onboarded],
    more: { node: node({ held: 'waits for: eims nodes provision' }), agentSeenAt: at(600) },
    says: 'unit-1 was in the Micro-OS, and its agent was last heard 5 min ago. It waited for this: waits for: eims nodes provision.',
  },
  {
    symptom: 'installing',
    now: 100,
    events: [...upToMicroOs, onboarded, event(42, 'action.started', 'write-image began', { action: 'write-image' })],
    more: {
      node: node({ run: run('RUNNING', 'RUNNING'), instance: instance('PROVISIONING', 'provisioning') }),
      agentSeenAt: at(98),
    },
    says: 'unit-1 is being installed: write-image, 42 % done. It was heard 2 s ago.',
  },
  {
    symptom: 'agent-silent',
    now: 400,
    events: [...upToMicroOs, onboarded, event(42, 'action.started', 'write-image began', { action: 'write-image' })],
    more: {
      node: node({ run: run('RUNNING', 'RUNNING'), instance: instance('PROVISIONING', 'provisioning') }),
      agentSeenAt: at(98),
    },
    says: 'The agent of unit-1 was last heard 5 min ago, during: write-image, 42 % done.',
  },
  {
    symptom: 'cancelled',
    now: 400,
    events: [...upToMicroOs, onboarded],
    more: {
      node: node({ run: run('CANCELLED', 'RUNNING', 'cancelled by admin'), instance: instance('FAILED', 'cancelled') }),
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
        instance: instance('FAILED', 'choose-disk: No disk was found in this machine'),
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
        run: run('FAILED', 'FAILED', 'write-image: the disk /dev/sda gave an I/O error at 1.2 GB'),
        instance: instance('FAILED', 'write-image: the disk /dev/sda gave an I/O error at 1.2 GB'),
      }),
    },
    says: 'The installation of unit-1 failed: write-image: the disk /dev/sda gave an I/O error at 1.2 GB.',
  },
  {
    symptom: 'sealed',
    now: 400,
    events: [...upToMicroOs, onboarded, event(100, 'instance.provisioned', 'the OS is written; the unit is sealed')],
    more: {
      node: node({
        run: run('SUCCEEDED', 'SUCCEEDED'),
        instance: instance('PROVISIONED', 'the OS is written; the unit is sealed'),
      }),
    },
    says: 'unit-1 is finished: the OS is written; the unit is sealed.',
  },
  {
    symptom: 'first-boot',
    now: 160,
    events: [...upToMicroOs, onboarded, event(100, 'instance.provisioned', 'the OS is written')],
    more: {
      node: node({ run: run('SUCCEEDED', 'SUCCEEDED'), instance: instance('PROVISIONED', 'the OS is written') }),
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
      repeated(decided(130, 'local-disk', 'unit-1 is provisioned'), 5, 390),
    ],
    more: {
      node: node({ run: run('SUCCEEDED', 'SUCCEEDED'), instance: instance('PROVISIONED', 'the OS is written') }),
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
      repeated(decided(130, 'local-disk', 'unit-1 is provisioned'), 5, 180),
    ],
    more: {
      node: node({ run: run('SUCCEEDED', 'SUCCEEDED'), instance: instance('PROVISIONED', 'the OS is written') }),
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
        instance: instance('FAILED', 'the OS did not report itself in time'),
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
        instance: instance('FAILED', 'cloud-init ended as error: no package nginx'),
      }),
    },
    says: 'The OS of unit-1 runs and reported a fault: cloud-init ended as error: no package nginx.',
  },
  {
    symptom: 'running',
    now: 9000,
    events: [...upToMicroOs, onboarded, event(140, 'instance.running', 'Debian 12 runs and cloud-init is done')],
    more: {
      node: node({ run: run('SUCCEEDED', 'SUCCEEDED'), instance: instance('RUNNING', 'runs Debian 12', 'Debian 12') }),
    },
    says: 'unit-1 runs its OS: Debian 12.',
  },
]

await judgeEach(t, rows, Object.keys(nodeSymptoms))

await t.test('for each reason of the registry it is said what lets the machine go on', async (t) => {
  const site = {
    unknownPolicy: null,
    defaultProfile: null,
    autoProvision: true,
    overwriteUnregistered: false,
  }
  const effective = (state: string, architecture = 'x86_64') =>
    ({ profile: { name: 'p', architecture }, image: { name: 'i', state, reason: null } }) as Prospect['effective']
  const disk = { path: '/dev/sda', size: 1e9, transport: 'ata', content: { blank: false, found: 'gpt' } }
  const inventory = { architecture: 'x86_64', disks: [disk] } as unknown as Prospect['node']['inventory']
  const remedies = (more: Partial<Prospect>, registered = true) => {
    const about = { name: 'unit-1', registered, state: 'ONBOARDED', netbootPolicy: 'allowed', inventory } as const
    const reason = whyHeld({ node: about, hold: null, instance: null, effective: null, site, ...more })
    return diagnose(facts(500, [...upToMicroOs, onboarded], { node: node({ held: reason }), agentSeenAt: at(498) }))
      .remedy[0]
  }
  const start = { ...site, autoProvision: false }
  const given = { ...site, unknownPolicy: 'default-profile' } as const
  t.match(remedies({}), /eims nodes set unit-1 --profile/)
  t.match(remedies({}, false), /eims nodes adopt unit-1 --profile/)
  t.match(remedies({ site: given, effective: effective('ready') }, false), /overwritten: .*nodes adopt unit-1/)
  t.match(remedies({ effective: effective('converting') }), /goes on when the image is ready/)
  t.match(remedies({ effective: effective('failed') }), /eims images add/)
  t.match(remedies({ effective: effective('ready', 'arm64') }), /of its architecture: .*nodes set unit-1/)
  t.match(remedies({ effective: effective('ready'), site: start }), /eims nodes provision unit-1$/)
})

await t.test('a claim is over when the node itself is heard, or a person changed it, or the next day', async (t) => {
  const registered = node({ state: 'REGISTERED' })
  const symptom = (second: number, ...events: Parameters<typeof facts>[1]) =>
    diagnose(facts(second, [...upToMicroOs, conflict, ...events], { node: registered })).symptom
  t.equal(symptom(70), 'claimed')
  t.not(symptom(70, event(60, 'agent.onboarded', 'the agent onboarded (0.1.0)')), 'claimed')
  t.not(symptom(70, event(60, 'node.changed', 'its serial is SN-9 now')), 'claimed')
  t.not(symptom(25 * 3600), 'claimed')
})
