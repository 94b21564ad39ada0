import type { NodeFacts, Reason } from '@eims/contracts'
import t from 'tap'
import { objectionTo, type PersonRequest } from '../src/index.ts'
import { instance, node, run } from './machines.ts'

const requests: Record<PersonRequest['kind'], PersonRequest> = {
  provision: { kind: 'provision' },
  reprovision: { kind: 'reprovision', reason: 'wrong image' },
  retry: { kind: 'retry', from: 'failed-action' },
  cancel: { kind: 'cancel' },
  pause: { kind: 'pause' },
  resume: { kind: 'resume' },
}

const never: Reason = { code: 'never-provisioned', slots: {} }
const noRun: Reason = { code: 'has-no-run', slots: {} }
const waits: Reason = { code: 'waits-to-be-imaged', slots: {} }
const underWay: Reason = { code: 'run-under-way', slots: { node: 'pos-17' } }
const noProfile: Reason = { code: 'no-profile', slots: { node: 'pos-17' } }
const has = (state: string): Reason => ({ code: 'has-an-instance', slots: { state } })
const release: Reason = { code: 'release-first', slots: { node: 'pos-17', text: 'waits for parts' } }
const untrusted: Reason = { code: 'untrusted', slots: { node: 'pos-17' } }
const deleted: Reason = { code: 'deleted', slots: { node: 'pos-17' } }
const letBoot = (code: 'netboot-denied' | 'netboot-local'): Reason => ({
  code: 'let-it-boot-first',
  slots: { node: 'pos-17', why: { code, slots: { node: 'pos-17' } } },
})

type Objections = [provision: Reason | null, reprovision: Reason | null, retry: Reason | null, cancel: Reason | null]

/** What the run's state forbids (cancel of one that is over, retry of one that is not) the run machine says. */
const table: [name: string, node: Partial<NodeFacts>, objections: Objections][] = [
  ['never provisioned', {}, [null, never, noRun, noRun]],
  ['seen, never provisioned', { state: 'ONBOARDED' }, [null, never, noRun, noRun]],
  ['nobody registered it', { registered: false, state: 'ONBOARDED' }, [null, never, noRun, noRun]],
  ['without a profile', { profile: null }, [noProfile, never, noRun, noRun]],
  ['asked for', { instance: instance('PENDING') }, [has('PENDING'), null, noRun, noRun]],
  [
    'asked for, its profile has gone since',
    { instance: instance('PENDING'), profile: null },
    [has('PENDING'), noProfile, noRun, noRun],
  ],
  ['its run has not begun', { instance: instance('PENDING'), run: run('PENDING') }, [underWay, underWay, null, null]],
  ['mid-run', { instance: instance('PROVISIONING'), run: run('RUNNING') }, [underWay, underWay, null, null]],
  [
    'mid-run, its profile has gone since',
    { instance: instance('PROVISIONING'), run: run('RUNNING'), profile: null },
    [underWay, underWay, null, null],
  ],
  ['provisioning, but no run', { instance: instance('PROVISIONING') }, [has('PROVISIONING'), null, noRun, noRun]],
  ['provisioned', { instance: instance('PROVISIONED'), run: run('SUCCEEDED') }, [has('PROVISIONED'), null, null, null]],
  ['its OS runs', { instance: instance('RUNNING'), run: run('SUCCEEDED') }, [has('RUNNING'), null, null, null]],
  [
    'its OS runs, its profile has gone since',
    { instance: instance('RUNNING'), run: run('SUCCEEDED'), profile: null },
    [has('RUNNING'), noProfile, null, null],
  ],
  ['failed', { instance: instance('FAILED'), run: run('FAILED') }, [has('FAILED'), null, null, null]],
  ['timed out', { instance: instance('FAILED'), run: run('TIMED_OUT') }, [has('FAILED'), null, null, null]],
  ['cancelled', { instance: instance('FAILED'), run: run('CANCELLED') }, [has('FAILED'), null, null, null]],
  [
    'to be imaged again: its last run made another instance',
    { instance: instance('PENDING'), run: run('SUCCEEDED', 'i0') },
    [has('PENDING'), null, waits, waits],
  ],
  ['its run has no instance any more', { run: run('FAILED', 'i0') }, [null, never, waits, waits]],

  ['held', { hold: 'waits for parts' }, [release, release, release, noRun]],
  [
    'held, mid-run',
    { hold: 'waits for parts', instance: instance('PROVISIONING'), run: run('RUNNING') },
    [release, release, release, null],
  ],
  [
    'held, failed',
    { hold: 'waits for parts', instance: instance('FAILED'), run: run('FAILED') },
    [release, release, release, null],
  ],
  [
    'held, and closed: what a person said comes first',
    { hold: 'waits for parts', netbootPolicy: 'denied', state: 'UNTRUSTED' },
    [release, release, release, noRun],
  ],
  ['untrusted', { state: 'UNTRUSTED' }, [untrusted, untrusted, untrusted, noRun]],
  ['untrusted and denied', { state: 'UNTRUSTED', netbootPolicy: 'denied' }, [untrusted, untrusted, untrusted, noRun]],
  [
    'untrusted, mid-run',
    { state: 'UNTRUSTED', instance: instance('PROVISIONING'), run: run('RUNNING') },
    [untrusted, untrusted, untrusted, null],
  ],
  ['deleted', { state: 'DELETED' }, [deleted, deleted, deleted, noRun]],
  [
    'denied',
    { netbootPolicy: 'denied' },
    [letBoot('netboot-denied'), letBoot('netboot-denied'), letBoot('netboot-denied'), noRun],
  ],
  [
    'denied, mid-run',
    { netbootPolicy: 'denied', instance: instance('PROVISIONING'), run: run('RUNNING') },
    [letBoot('netboot-denied'), letBoot('netboot-denied'), letBoot('netboot-denied'), null],
  ],
  [
    'denied, failed',
    { netbootPolicy: 'denied', instance: instance('FAILED'), run: run('FAILED') },
    [letBoot('netboot-denied'), letBoot('netboot-denied'), letBoot('netboot-denied'), null],
  ],
  [
    'to boot its disk',
    { netbootPolicy: 'local' },
    [letBoot('netboot-local'), letBoot('netboot-local'), letBoot('netboot-local'), noRun],
  ],
  [
    'to boot its disk, and its OS runs',
    { netbootPolicy: 'local', instance: instance('RUNNING'), run: run('SUCCEEDED') },
    [letBoot('netboot-local'), letBoot('netboot-local'), letBoot('netboot-local'), null],
  ],
]

for (const [name, change, [provision, reprovision, retry, cancel]] of table)
  await t.test(name, async (t) => {
    const facts = { ...node, ...change }
    t.strictSame(
      Object.fromEntries(Object.entries(requests).map(([kind, request]) => [kind, objectionTo(request, facts)])),
      { provision, reprovision, retry, cancel, pause: cancel, resume: cancel },
    )
    const fromStart: PersonRequest = { kind: 'retry', from: 'start' }
    t.strictSame(objectionTo(fromStart, facts), retry, 'from the start or from the failed action')
  })
