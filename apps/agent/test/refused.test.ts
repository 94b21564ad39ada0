import t from 'tap'
import { openRefused } from '../src/refused.ts'

await t.test('FAILED with the reason at once, and one restart after five minutes', async (t) => {
  let clock = 0
  let restarts = 0
  const said: string[] = []
  const refused = openRefused(
    { end: (word, reason) => void said.push(`${word} ${reason}`) },
    () => clock,
    () => {
      restarts += 1
    },
  )
  const at = (seconds: number) => {
    clock = seconds * 1000
    refused.refused('The server says: too large.')
  }
  at(0)
  at(5)
  t.strictSame(said, ['FAILED The server says: too large. If that lasts, this machine restarts in 5 minutes.'])
  refused.accepted()
  at(10)
  at(309)
  t.equal(restarts, 0, 'five minutes count from the last time it was taken')
  at(310)
  at(315)
  t.equal(restarts, 1)
  t.equal(said.at(-1), 'FAILED The server says: too large. This machine starts again from the network.')
})
