import type { Event, Reason } from '@eims/contracts'
import t from 'tap'
import {
  at,
  bootFailed,
  decided,
  discover,
  event,
  facts,
  instance,
  named,
  node,
  read,
  run,
  takesAddress,
  upToMicroOs,
} from './support/diagnosis.ts'
import { judged } from './support/diagnosis-garbled.ts'

const whole = [
  ...upToMicroOs,
  event(40, 'agent.onboarded', 'the agent onboarded (0.1.0)', { version: '0.1.0' }),
  event(42, 'run.started', 'the run began'),
  event(42, 'action.started', 'write-image began', { action: 'write-image' }),
  event(90, 'action.ended', 'write-image succeeded', { action: 'write-image' }),
  event(99, 'run.ended', 'the run succeeded'),
  event(100, 'instance.provisioned', 'the OS is written; waits for it to report itself'),
  discover(110),
  decided(115, 'local-disk', { code: 'finished', slots: { node: 'unit-1', finish: 'reboot' } }),
  event(140, 'instance.running', 'Debian 12 runs and cloud-init is done'),
]

const stands = {
  PROVISIONING: { code: 'provisioning', slots: {} },
  PROVISIONED: { code: 'written-awaits-report', slots: {} },
  RUNNING: { code: 'os-runs', slots: { os: 'Debian 12' } },
} as const satisfies Record<string, Reason>

/** What the registry holds at a second of that way. */
function known(second: number) {
  if (second < 40) return { node: null, agentSeenAt: null }
  const state = second < 100 ? 'PROVISIONING' : second < 140 ? 'PROVISIONED' : 'RUNNING'
  return {
    node: node({
      run: second < 42 ? null : second < 99 ? run('RUNNING', 'RUNNING') : run('SUCCEEDED', 'SUCCEEDED'),
      instance: second < 42 ? null : instance(state, stands[state], state === 'RUNNING' ? 'Debian 12' : null),
    }),
    agentSeenAt: at(Math.min(second, 99)),
    phoneHomeDueAt: second >= 100 && second < 140 ? at(1900) : null,
  }
}

const alarming =
  /fail|fault|wrong|trouble|never|block|refus|mend|cable|lost|silent|not (answer|serve|report|come)|nothing|error/i

await t.test('no sentence on a good way, second by second, sounds like trouble', async (t) => {
  const seconds = [...Array(160).keys(), 1000, 9000]
  for (const second of seconds) {
    const heard = whole.filter((each) => each.at <= new Date(at(second)).toISOString())
    const { verdict, summary, cause, remedy, before } = judged(t, facts(second, heard, known(second)))
    t.match(verdict, /^(well|in-progress)$/, `second ${second}: ${summary}`)
    t.notMatch(summary, alarming)
    t.strictSame([cause, remedy, before], [null, [], null])
  }
})

await t.test('what is under way says so, and when it was last heard', async (t) => {
  const events = [discover(0), takesAddress(4), named(5), read(6)]
  t.match(judged(t, facts(20, events)), {
    verdict: 'in-progress',
    summary: 'It read the boot file snponly.efi; last heard 14 s ago.',
    missing: 'the first sign of iPXE',
    certainty: 'certain',
  })
  t.match(judged(t, facts(60, events)), { verdict: 'trouble', symptom: 'secure-boot', certainty: 'likely' })
})

const once = (from: number): Event[] =>
  upToMicroOs.map((each) => {
    const moved = new Date(Date.parse(each.at) + from * 1000).toISOString()
    return { ...each, at: moved, lastAt: moved }
  })

await t.test('a new try after one that failed says how that one ended', async (t) => {
  const found = judged(t, facts(605, [...once(0), ...once(600)]))
  t.match(found, {
    verdict: 'in-progress',
    before: '10 min ago: It loaded the whole Micro-OS, and its agent was never heard of.',
  })
})

await t.test('of a machine that loops it is said how its tries end, in the midst of the next one, too', async (t) => {
  const found = judged(t, facts(605, [...once(0), ...once(300), ...once(600).slice(0, 2)]))
  t.match(found, {
    verdict: 'trouble',
    symptom: 'micro-os-silent',
    summary:
      'It loaded the whole Micro-OS, and its agent was never heard of. It tries again and again; last heard 1 s ago.',
    before: null,
  })
})

await t.test('what failed twice has failed, also while it is tried again; what got further has not', async (t) => {
  const failed = (second: number, stage: 'kernel' | 'boot') =>
    bootFailed(second, stage, { code: 'ipxe-download-failed', slots: { stage, errno: null } })
  const [decision, kernel, initrd, site] = once(30).slice(6)
  const again = [decision!, kernel!, initrd!, site!]
  t.match(judged(t, facts(55, [...upToMicroOs, failed(22, 'boot'), ...again])), { verdict: 'in-progress' }, 'once')
  const twice = [...upToMicroOs, failed(22, 'boot'), failed(24, 'boot'), ...again]
  t.match(judged(t, facts(55, twice)), { verdict: 'trouble', symptom: 'kernel-refused', summary: /\(2 times\)/ })
  const mended = [...upToMicroOs.slice(0, 8), failed(12, 'kernel'), failed(15, 'kernel'), ...again]
  t.match(judged(t, facts(55, mended)), { verdict: 'in-progress', symptom: 'micro-os-silent' })
})

await t.test('a machine that restarts in the middle of its run is judged by its way back', async (t) => {
  const cut = [...whole.slice(0, 13), discover(60), takesAddress(64)]
  const more = {
    node: node({ run: run('RUNNING', 'RUNNING'), instance: instance('PROVISIONING', stands.PROVISIONING) }),
  }
  t.match(judged(t, facts(70, cut, { ...more, agentSeenAt: at(50) })), {
    verdict: 'in-progress',
    symptom: 'other-server',
  })
  t.match(judged(t, facts(300, cut, { ...more, agentSeenAt: at(50) })), { verdict: 'trouble', symptom: 'other-server' })
})

await t.test('heard and answered stand side by side, and a DHCP server’s business is not ours to answer', async (t) => {
  const { heard, answered } = judged(t, facts(60, [discover(0), takesAddress(4), named(5)]))
  t.strictSame(
    heard.map(({ what }) => what),
    [
      'DISCOVER on port 67 from x64 UEFI',
      'REQUEST on port 67 from x64 UEFI, to the server 192.168.77.2',
      'REQUEST on port 4011 from x64 UEFI',
    ],
  )
  t.strictSame(
    answered.map(({ what }) => what),
    ['offered to answer on port 4011', 'sent the boot file 52-54-00-aa-00-01/snponly.efi'],
  )
})
