import type { Event, NodeDetail, Timeline } from '@eims/contracts'
import t from 'tap'
import { narrate, nothingTold, type Step, stepLine, type Told } from '../src/demo/narration.ts'

// One promise: a machine's timeline becomes a few lines in words, each told once and in order.

const START = Date.parse('2026-11-20T10:00:00.000Z')
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString()

let count = 0
const who = { nodeId: 'n1', mac: '52:54:00:de:30:01', runId: null, count: 1 }
const event = (seconds: number, kind: Event['kind'], message: string, data: Event['data'] = {}): Event => ({
  ...who,
  id: `e${count++}`,
  kind,
  at: at(seconds),
  lastAt: at(seconds),
  message,
  data,
})

const events: Event[] = [
  event(0, 'node.registered', 'Registered as demo-1 by root@bench: DEMO-0001'),
  event(9, 'dhcp.discover', 'DISCOVER on port 67 from x64 UEFI: offered to answer on port 4011', { userClass: null }),
  event(12, 'dhcp.request', 'REQUEST on port 4011 from x64 UEFI: sent the boot file snponly.efi', { userClass: null }),
  event(13, 'tftp.read', 'read snponly.efi, 284672 bytes in 420 ms', { name: 'snponly.efi' }),
  event(14, 'tftp.read', 'read autoexec.ipxe, 612 bytes in 3 ms', { name: 'autoexec.ipxe' }),
  event(15, 'dhcp.discover', 'DISCOVER on port 67 from Tinkerbell: sent the script', { userClass: 'Tinkerbell' }),
  event(19, 'boot.decision', 'provision: installs profile demo', { kind: 'provision' }),
  event(20, 'boot.kernel', 'fetches vmlinuz for x86_64'),
  event(21, 'boot.initrd', 'fetches initrd.zst for x86_64'),
  event(48, 'agent.onboarded', 'the agent onboarded (0.1.0)'),
  event(48, 'run.created', 'gets profile demo with image demo-os'),
  event(50, 'action.ended', 'choose-disk succeeded', { action: 'choose-disk', state: 'SUCCEEDED' }),
  event(51, 'action.started', 'write-image started', { action: 'write-image' }),
  event(70, 'action.ended', 'write-image succeeded', { action: 'write-image', state: 'SUCCEEDED' }),
  event(72, 'action.ended', 'inventory failed: no disk', { action: 'inventory', state: 'FAILED' }),
  event(73, 'action.ended', 'seed failed: the disk ends', { action: 'seed', state: 'FAILED' }),
  event(74, 'instance.provisioned', 'the image is written, seeded and will boot'),
  event(98, 'instance.running', 'eims demo OS runs and cloud-init is done'),
]

const node = (progress: number | null = null) => {
  const run = {
    actions: [
      { name: 'choose-disk', progress: null },
      { name: 'write-image', progress },
    ],
  }
  return { name: 'demo-1', run } as unknown as NodeDetail
}
const timeline = (until: number) => ({ events: events.slice(0, until), stages: [] }) as unknown as Timeline
const lines = (steps: Step[]) => steps.map((step) => stepLine(step, START)).join('')

t.equal(
  lines(narrate(nothingTold, node(1), timeline(events.length), START).steps),
  `    9 s  demo-1   the firmware asks who can boot it
   13 s  demo-1   gets snponly.efi by TFTP
   15 s  demo-1   iPXE asks for an address
   19 s  demo-1   gets its boot script: provision: installs profile demo
   20 s  demo-1   loads the Micro-OS
   48 s  demo-1   the Micro-OS runs and has introduced the machine
   48 s  demo-1   gets profile demo with image demo-os
   50 s  demo-1   a disk is chosen
   51 s  demo-1   writes the image to its disk
   70 s  demo-1   the image is written and verified
   72 s  demo-1   inventory failed: no disk
   73 s  demo-1   seed failed: the disk ends
   74 s  demo-1   restarts into its OS
   98 s  demo-1   the OS reports itself: RUNNING
`,
  'a whole way through the house',
)

await t.test('what was told is not told again, and what came meanwhile is', async (t) => {
  const first = narrate(nothingTold, node(), timeline(5), START)
  t.equal(lines(narrate(first.told, node(), timeline(5), START).steps), '')
  t.equal(lines(narrate(first.told, node(), timeline(6), START).steps), '   15 s  demo-1   iPXE asks for an address\n')
})

await t.test('progress is told in steps of a fifth, each once, with the time of hearing it', async (t) => {
  let told: Told = narrate(nothingTold, node(), timeline(13), START).told
  const heard = [0.05, 0.21, 0.39, 0.4, 0.97, 1].map((progress, index) => {
    const now = narrate(told, node(progress), timeline(13), START + (52 + index) * 1000)
    told = now.told
    return lines(now.steps)
  })
  t.strictSame(heard, [
    '',
    '   53 s  demo-1   writing, 20 %\n',
    '',
    '   55 s  demo-1   writing, 40 %\n',
    '   56 s  demo-1   writing, 80 %\n',
    '',
  ])
})
