import t from 'tap'
import type { Terms } from '../src/negotiation.ts'
import type { EndReason } from '../src/tftp-reason.ts'
import { begin, bytesAcked, defaultPatience, type Step, step, type TransferEvent } from '../src/transfer.ts'

const plain: Terms = { blksize: 512, windowsize: 1, timeoutSeconds: null, accepted: [] }
const ack = (block: number): TransferEvent => ({ kind: 'ack', block })
const timeout: TransferEvent = { kind: 'timeout' }

/** `tftp-no-ack 2 10` */
const coded = ({ code, slots }: EndReason) => [code, ...Object.values(slots)].join(' ')

/** A step as one line: `DATA 1..4 wait 1000`, `OACK wait 2000`, `end finished`, `-` when nothing happens. */
function said({ send: what, waitMs, end }: Step): string {
  const words = (what === undefined ? [] : [what]).map((send) => {
    if (send.kind === 'data')
      return send.first === send.last ? `DATA ${send.first}` : `DATA ${send.first}..${send.last}`
    return send.kind === 'error' ? `ERROR ${send.code}` : 'OACK'
  })
  if (waitMs !== undefined) words.push(`wait ${waitMs}`)
  if (end !== undefined) words.push(`end ${end.result}${end.reason === null ? '' : `: ${coded(end.reason)}`}`)
  return words.join(' ') || '-'
}

function play(size: number, terms: Partial<Terms>, events: TransferEvent[]): string[] {
  let now = begin(size, { ...plain, ...terms }, defaultPatience)
  const lines = [said(now)]
  for (const event of events) {
    now = step(now.state, event)
    lines.push(said(now))
  }
  return lines
}

await t.test('lock step', async (t) => {
  t.same(play(1100, {}, [ack(1), ack(2), ack(3)]), [
    'DATA 1 wait 1000',
    'DATA 2 wait 1000',
    'DATA 3 wait 1000',
    'end finished',
  ])
  t.same(play(0, {}, [ack(1)]), ['DATA 1 wait 1000', 'end finished'], 'an empty file is one empty block')
  t.same(
    play(1024, {}, [ack(1), ack(2), ack(3)]).at(-2),
    'DATA 3 wait 1000',
    'a multiple of blksize ends with an empty block',
  )
})

await t.test('options are confirmed first, and acknowledged with block 0', async (t) => {
  const accepted = [['tsize', '600']] as const
  t.same(play(600, { accepted }, [ack(0), ack(1), ack(2)]), [
    'OACK wait 1000',
    'DATA 1 wait 1000',
    'DATA 2 wait 1000',
    'end finished',
  ])
  t.same(
    play(600, { accepted }, [timeout, ack(0)]),
    ['OACK wait 1000', 'OACK wait 2000', 'DATA 1 wait 1000'],
    'a lost OACK',
  )
  t.same(play(600, { accepted }, [ack(1), ack(65535)]).slice(1), ['-', '-'], 'no other block acknowledges it')
  t.same(
    play(600, { accepted }, [{ kind: 'error', code: 8, message: 'User aborted the transfer' }]).at(-1),
    'end aborted: tftp-client-error 8 User aborted the transfer',
  )
})

await t.test('repeated, old and invented ACKs send nothing and leave the timer alone', async (t) => {
  t.same(play(5000, {}, [ack(1), ack(1), ack(1), ack(0), ack(3), ack(40000), ack(2), ack(1), ack(2)]), [
    'DATA 1 wait 1000',
    'DATA 2 wait 1000',
    '-',
    '-',
    '-',
    '-',
    '-',
    'DATA 3 wait 1000',
    '-',
    '-',
  ])
})

await t.test('silence is answered ever later, and not for ever', async (t) => {
  t.same(play(5000, {}, [ack(1), ...Array<TransferEvent>(7).fill(timeout)]).slice(1), [
    'DATA 2 wait 1000',
    'DATA 2 wait 2000',
    'DATA 2 wait 4000',
    'DATA 2 wait 8000',
    'DATA 2 wait 8000',
    'DATA 2 wait 8000',
    'DATA 2 wait 8000',
    'ERROR 0 end failed: tftp-no-ack 2 10',
  ])
  t.same(
    play(5000, {}, [timeout, timeout, ack(1), timeout]).slice(-2),
    ['DATA 2 wait 1000', 'DATA 2 wait 2000'],
    'progress starts it anew',
  )
})

await t.test('the interval a client asked for does not grow', async (t) => {
  const fixed = (timeoutSeconds: number, timeouts: number) =>
    play(5000, { timeoutSeconds }, Array<TransferEvent>(timeouts).fill(timeout))
  t.same(fixed(3, 2), ['DATA 1 wait 3000', 'DATA 1 wait 3000', 'DATA 1 wait 3000'])
  t.match(fixed(3, 7).at(-1), /failed/)
  t.match(fixed(20, 4), [...Array<string>(4).fill('DATA 1 wait 20000'), /failed/])
})

await t.test('windows', async (t) => {
  t.same(
    play(5000, { windowsize: 4 }, [ack(4), ack(8), ack(10)]),
    ['DATA 1..4 wait 1000', 'DATA 5..8 wait 1000', 'DATA 9..10 wait 1000', 'end finished'],
    'the last one is shorter',
  )
  t.same(
    play(5000, { windowsize: 4 }, [ack(2), ack(2), ack(4), timeout, ack(8)]),
    [
      'DATA 1..4 wait 1000',
      'DATA 3..6 wait 1000',
      'wait 10',
      'DATA 5..8 wait 1000',
      'DATA 5..8 wait 2000',
      'DATA 9..10 wait 1000',
    ],
    'an ACK inside the window restarts it there at once',
  )
})

await t.test('a repeated ACK before the window: its first block was lost, or the line doubled the ACK', async (t) => {
  const window = { windowsize: 4 }
  t.same(
    play(8000, window, [ack(4), ack(4), timeout, ack(4), ack(4), ack(8)]).slice(1),
    ['DATA 5..8 wait 1000', 'wait 10', 'DATA 5..8 wait 1000', '-', '-', 'DATA 9..12 wait 1000'],
    'the window is repeated a moment later, once',
  )
  t.same(
    play(8000, window, [ack(4), ack(4), ack(8), ack(8), ack(12)]).slice(1),
    ['DATA 5..8 wait 1000', 'wait 10', 'DATA 9..12 wait 1000', 'wait 10', 'DATA 13..16 wait 1000'],
    'not when the window is acknowledged within that moment',
  )
  t.same(
    play(8000, window, [ack(4), timeout, ack(4), timeout, timeout]).slice(2),
    ['DATA 5..8 wait 2000', 'wait 10', 'DATA 5..8 wait 2000', 'DATA 5..8 wait 4000'],
    'it does not use up the patience',
  )
  t.same(
    play(8000, { ...window, accepted: [['windowsize', '4']] }, [ack(0), ack(0), timeout]).slice(1),
    ['DATA 1..4 wait 1000', 'wait 10', 'DATA 1..4 wait 1000'],
    'also for the first window',
  )
})

await t.test('a last block that is never acknowledged ends a read file soon, and as read', async (t) => {
  const silence = Array<TransferEvent>(3).fill(timeout)
  const unacknowledged = 'end finished: tftp-last-ack-missing'
  t.same(play(1100, {}, [ack(1), ack(2), ...silence]).slice(2), [
    'DATA 3 wait 1000',
    'DATA 3 wait 2000',
    'DATA 3 wait 4000',
    unacknowledged,
  ])
  t.equal(play(1100, { windowsize: 4 }, [...silence]).at(-1), 'DATA 1..3 wait 8000', 'nothing was acknowledged at all')
  t.equal(play(100, { accepted: [['tsize', '100']] }, [ack(0), ...silence]).at(-1), unacknowledged, 'only the OACK was')
  t.equal(play(100, { accepted: [['tsize', '100']] }, silence).at(-1), 'OACK wait 8000', 'not even that')
  t.equal(play(1100, {}, [ack(1), ...silence]).at(-1), 'DATA 2 wait 8000', 'the block before the last is waited for')
})

await t.test('block numbers wrap to 0', async (t) => {
  for (const windowsize of [1, 3, 16]) {
    let now = begin(8 * 70_000, { ...plain, blksize: 8, windowsize }, defaultPatience)
    let steps = 0
    while (now.end === undefined) {
      const last = now.state.sent
      if (last === 65_536)
        t.equal(step(now.state, ack(65_536 - 2 * windowsize)).send, undefined, 'an old ACK at the wrap')
      now = step(now.state, ack(last & 0xffff))
      steps++
    }
    t.same(now.end, { result: 'finished', reason: null })
    t.equal(steps, Math.ceil(70_001 / windowsize), `windowsize ${windowsize}: no block twice, none left out`)
    t.equal(bytesAcked(now.state), 8 * 70_000)
  }
})

await t.test('this side can end it, aloud or silently', async (t) => {
  const end = { result: 'aborted', reason: { code: 'tftp-stopping', slots: {} } } as const
  t.same(play(5000, {}, [{ kind: 'stop', end, message: 'bye' }]).at(-1), 'ERROR 0 end aborted: tftp-stopping')
  t.same(play(5000, {}, [{ kind: 'stop', end, message: null }]).at(-1), 'end aborted: tftp-stopping')
})
