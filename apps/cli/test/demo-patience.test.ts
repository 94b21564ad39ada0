import type { NodeDetail } from '@eims/contracts'
import t from 'tap'
import { awaited, POWERED_ON } from '../src/demo/narration.ts'
import { Patience } from '../src/demo/patience.ts'
import { teller } from '../src/demo/teller.ts'

// One promise: a demo is silent for no more than 15 seconds, and says what it waits for.

const node = (progress: number | null = null) =>
  ({ run: { actions: [{ name: 'write-image', state: 'RUNNING', progress }] } }) as unknown as NodeDetail

function demo(form: 'terminal' | 'text' | 'json' = 'text') {
  let at = 1_000_000
  const now = () => at
  const said: { at: number; text: string }[] = []
  const tell = teller(form, at, now, (text) => {
    patience.heard()
    said.push({ at: (at - 1_000_000) / 1000, text })
  })
  const patience = new Patience(now, (wait) => tell.wait(wait))
  const pass = (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      at += 1000
      patience.look()
    }
  }
  const step = (kind: string, text: string) => {
    tell.step({ at, node: 'demo-1', kind, text })
    patience.waits('demo-1', awaited(kind, node()))
  }
  return { tell, patience, pass, said, step }
}

await t.test('the whole way of a slow machine', async (t) => {
  const { tell, patience, pass, said, step } = demo()
  tell.say('begun')
  patience.waits('', 'the service starts')
  pass(23)
  patience.over('')
  patience.waits('demo-1', POWERED_ON)
  pass(31)
  for (const kind of ['dhcp.discover', 'tftp.read', 'boot.decision', 'boot.kernel', 'agent.onboarded', 'run.created']) {
    step(kind, kind)
    pass(47)
  }
  step('action.started', 'writes')
  for (const progress of [0.1, 0.4, 0.9]) {
    patience.waits('demo-1', awaited('action.started', node(progress)), true)
    pass(12)
  }
  step('instance.provisioned', 'restarts into its OS')
  pass(120)
  patience.over('demo-1')
  const gaps = said.map(({ at }, index) => at - (said[index - 1]?.at ?? 0))
  t.ok(Math.max(...gaps) <= 15, `at most ${Math.max(...gaps)} s`)
  const text = said.map((each) => each.text).join('')
  t.match(text, '   10 s  demo     … the service starts (10 s so far)\n')
  t.match(text, /^ +\d+ s {2}demo-1 {3}… its firmware tests itself and starts \(\d+ s so far\)$/m)
  t.match(text, '… writing, 10 % (10 s so far)\n')
  t.match(text, '… writing, 90 %', 'with how far it is')
  t.match(text, '… restarts, and its OS starts (120 s so far)\n')
  for (const line of text.split('\n')) t.ok(line.length <= 80, line)
})

await t.test('what is waited for no more is not spoken of, nor is anything while steps come', async (t) => {
  const { patience, pass, said, step } = demo()
  pass(60)
  t.strictSame(said, [], 'it waits for nothing')
  for (let count = 0; count < 10; count++) {
    step('boot.kernel', 'loads')
    pass(9)
  }
  t.equal(said.length, 10)
  patience.over('demo-1')
  pass(60)
  t.equal(said.length, 10)
})

await t.test('on a terminal it is one line, which what comes next takes away', async (t) => {
  const { patience, pass, said, step } = demo('terminal')
  patience.waits('demo-1', POWERED_ON)
  pass(20)
  step('boot.kernel', 'loads')
  step('boot.kernel', 'loads')
  const wait = (seconds: number) => `   ${seconds} s  demo-1   … ${POWERED_ON} (${seconds} s so far)`
  t.equal(
    said.map(({ text }) => text).join(''),
    `${wait(10)}\r\x1b[K${wait(20)}\r\x1b[K   20 s  demo-1   loads\n   20 s  demo-1   loads\n`,
  )
})

await t.test('as JSON', async (t) => {
  const { patience, pass, said } = demo('json')
  patience.waits('demo-1', POWERED_ON)
  pass(10)
  t.strictSame(
    said.map(({ text }) => JSON.parse(text)),
    [{ event: 'wait', seconds: 10, node: 'demo-1', text: POWERED_ON, for: 10 }],
  )
})
