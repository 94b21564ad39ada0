import t from 'tap'
import type { Terms } from '../src/options.ts'
import { begin, bytesAcked, defaultPatience, type Step, step, type TransferEvent } from '../src/transfer.ts'

const plain: Terms = { blksize: 512, windowsize: 1, timeoutSeconds: null, accepted: [] }
const ack = (block: number): TransferEvent => ({ kind: 'ack', block })
const timeout: TransferEvent = { kind: 'timeout' }

/** A step as one line: `DATA 1..4 wait 1000`, `OACK wait 2000`, `end finished`, `-` when nothing happens. */
function said({ sends, waitMs, end }: Step): string {
  const words = sends.map((send) => {
    if (send.kind === 'data')
      return send.first === send.last ? `DATA ${send.first}` : `DATA ${send.first}..${send.last}`
    return send.kind === 'error' ? `ERROR ${send.code}` : 'OACK'
  })
  if (waitMs !== undefined) words.push(`wait ${waitMs}`)
  if (end !== undefined) words.push(`end ${end.result}${end.reason === null ? '' : `: ${end.reason}`}`)
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
    'end aborted: client sent ERROR 8 User aborted the transfer',
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
    'ERROR 0 end failed: no acknowledgement of block 2 of 10',
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
  t.match(fixed(255, 3), ['DATA 1 wait 255000', 'DATA 1 wait 255000', 'DATA 1 wait 255000', /failed/])
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
      '-',
      'DATA 5..8 wait 1000',
      'DATA 5..8 wait 2000',
      'DATA 9..10 wait 1000',
    ],
    'an ACK inside the window restarts it there, a repeated one does not',
  )
})

await t.test('block numbers wrap to 0', async (t) => {
  for (const windowsize of [1, 3, 16]) {
    let now = begin(8 * 70_000, { ...plain, blksize: 8, windowsize }, defaultPatience)
    let steps = 0
    while (now.end === undefined) {
      const last = now.state.sent
      if (last === 65_536) t.same(step(now.state, ack(65_536 - 2 * windowsize)).sends, [], 'an old ACK at the wrap')
      now = step(now.state, ack(last & 0xffff))
      steps++
    }
    t.same(now.end, { result: 'finished', reason: null })
    t.equal(steps, Math.ceil(70_001 / windowsize), `windowsize ${windowsize}: no block twice, none left out`)
    t.equal(bytesAcked(now.state), 8 * 70_000)
  }
})

await t.test('this side can end it, aloud or silently', async (t) => {
  const end = { result: 'aborted', reason: 'stopping' } as const
  t.same(play(5000, {}, [{ kind: 'stop', end, message: 'bye' }]).at(-1), 'ERROR 0 end aborted: stopping')
  t.same(play(5000, {}, [{ kind: 'stop', end, message: null }]).at(-1), 'end aborted: stopping')
})
