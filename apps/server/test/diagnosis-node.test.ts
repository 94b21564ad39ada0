import t from 'tap'
import { nodeSymptoms } from '../src/diagnosis/symptoms-node.ts'
import { at, decided, event, instance, node, repeated, run, upToMicroOs } from './support/diagnosis.ts'
import { judgeEach, type Row } from './support/diagnosis-rows.ts'

const onboarded = event(40, 'agent.onboarded', 'the agent onboarded (0.1.0)')

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
    symptom: 'held',
    now: 500,
    events: [...upToMicroOs, onboarded],
    more: { node: node({ held: 'waits for: eims nodes provision' }), agentSeenAt: at(498) },
    says: 'unit-1 waits in the Micro-OS: waits for: eims nodes provision.',
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
    says: 'unit-1 was sent to its freshly written disk 5 times and comes back to the network each time.',
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
