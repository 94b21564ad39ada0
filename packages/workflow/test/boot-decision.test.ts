import type { Architecture, BootDecision, Judgement, Reason } from '@eims/contracts'
import t from 'tap'
import { bootDecision, waitInFirmware } from '../src/index.ts'

const installs: Reason = { code: 'installs', slots: { profile: 'kiosk' } }
const goesOn: Reason = { code: 'run-goes-on', slots: { node: 'pos-17' } }
const held: Reason = { code: 'held', slots: { text: 'disk is not blank' } }
const runsItsOs: Reason = { code: 'runs-its-os', slots: { node: 'pos-17' } }
const denied: Reason = { code: 'netboot-denied', slots: { node: 'pos-17' } }

type About = Parameters<typeof bootDecision>[1]
const about = (change: Partial<About> = {}): About => ({
  nodeId: 'n1',
  architecture: 'x86_64',
  microOs: ['x86_64'],
  kernelArgs: 'nomodeset',
  ...change,
})
const inFirmware = (reason: Reason, architecture: Architecture | null, nodeId: string | null = 'n1'): BootDecision => ({
  kind: 'wait',
  where: 'firmware',
  nodeId,
  architecture,
  reason,
  retrySeconds: 15,
})

const table: [name: string, judgement: Judgement, about: About, decision: BootDecision][] = [
  [
    'into the Micro-OS',
    { kind: 'provision', reason: installs },
    about(),
    { kind: 'provision', nodeId: 'n1', architecture: 'x86_64', kernelArgs: 'nomodeset', reason: installs },
  ],
  [
    'into the Micro-OS of its architecture, as no node yet',
    { kind: 'provision', reason: installs },
    about({ nodeId: null, architecture: 'arm64', microOs: ['x86_64', 'arm64'], kernelArgs: '' }),
    { kind: 'provision', nodeId: null, architecture: 'arm64', kernelArgs: '', reason: installs },
  ],
  [
    'it waits in the Micro-OS',
    { kind: 'wait', reason: held },
    about(),
    { kind: 'wait', where: 'micro-os', nodeId: 'n1', architecture: 'x86_64', reason: held, retrySeconds: 15 },
  ],
  [
    'to its disk',
    { kind: 'local-disk', reason: runsItsOs },
    about(),
    { kind: 'local-disk', nodeId: 'n1', reason: runsItsOs },
  ],
  [
    'to its disk, whatever has become of the Micro-OS',
    { kind: 'local-disk', reason: runsItsOs },
    about({ microOs: [], architecture: null }),
    { kind: 'local-disk', nodeId: 'n1', reason: runsItsOs },
  ],
  ['refused', { kind: 'refused', reason: denied }, about(), { kind: 'refused', nodeId: 'n1', reason: denied }],
  [
    'refused, whatever has become of the Micro-OS',
    { kind: 'refused', reason: denied },
    about({ nodeId: null, microOs: [], architecture: null }),
    { kind: 'refused', nodeId: null, reason: denied },
  ],
  [
    'no Micro-OS',
    { kind: 'provision', reason: installs },
    about({ microOs: [] }),
    inFirmware({ code: 'no-micro-os', slots: { architecture: 'x86_64', besides: null } }, 'x86_64'),
  ],
  [
    'no Micro-OS for a machine that has to wait',
    { kind: 'wait', reason: held },
    about({ architecture: 'arm64' }),
    inFirmware({ code: 'no-micro-os', slots: { architecture: 'arm64', besides: held } }, 'arm64'),
  ],
  [
    'no Micro-OS in mid-run',
    { kind: 'provision', reason: goesOn },
    about({ microOs: ['arm64'] }),
    inFirmware({ code: 'no-micro-os', slots: { architecture: 'x86_64', besides: null } }, 'x86_64'),
  ],
  [
    'the firmware does not tell its architecture',
    { kind: 'provision', reason: installs },
    about({ architecture: null }),
    inFirmware({ code: 'no-architecture', slots: { besides: null } }, null),
  ],
  [
    'the firmware does not tell its architecture, and the machine has to wait anyway',
    { kind: 'wait', reason: held },
    about({ nodeId: null, architecture: null }),
    inFirmware({ code: 'no-architecture', slots: { besides: held } }, null, null),
  ],
]

for (const [name, judgement, given, decision] of table)
  await t.test(name, async (t) => {
    t.strictSame(bootDecision(judgement, given), decision)
  })

await t.test('the database is down', async (t) => {
  const reason: Reason = { code: 'database-down', slots: {} }
  t.strictSame(waitInFirmware(reason), inFirmware(reason, null, null))
})
