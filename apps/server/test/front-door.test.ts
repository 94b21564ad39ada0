import { once } from 'node:events'
import { request } from 'node:http'
import fc from 'fast-check'
import t from 'tap'
import { Allowance } from '../src/http/allowance.ts'
import { DOOR_LIMITS } from '../src/http/front-door.ts'
import { LongPolls } from '../src/http/long-polls.ts'
import { Turns } from '../src/http/turns.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, fetchSite, inventory } from './support/machine.ts'
import { addDefaultProfile, openSite } from './support/site.ts'

// Promise: nobody's requests keep a machine from its answer, and a hall that is switched on at once gets all of its own.

const { fresh } = await startDatabases(t)
const tick = () => new Promise(setImmediate)

await t.test('an allowance: a burst, then a rate, for each key, of so many keys', async (t) => {
  const allowance = new Allowance({ burst: 3, perSecond: 0.5, keys: 2 })
  t.strictSame(
    [0, 0, 0, 0, 1000].map((now) => allowance.take('a', now)),
    [0, 0, 0, 2, 1],
  )
  t.equal(allowance.take('b', 1000), 0, 'another key has its own')
  t.equal(allowance.take('a', 2000), 0)
  t.equal(allowance.take('a', 2000), 2)
  t.equal(allowance.take('a', 0), 2, 'a clock that is set back gives nothing')
  for (let i = 0; i < 1000; i++) allowance.take(`key ${i}`, 3000)
  t.equal(allowance.size, 2)
})

await t.test('one key’s requests hold up another key’s by one', async (t) => {
  const turns = new Turns({ atOnce: 1, waiting: 100, waitingPerKey: 50, patience: 60_000 })
  const order: string[] = []
  const all = [...Array<string>(20).fill('a'), 'b', 'c', 'b'].map((key) => turns.take(key, async () => order.push(key)))
  await Promise.all(all)
  t.strictSame(order.slice(0, 6), ['a', 'a', 'b', 'c', 'a', 'b'])
  t.equal(order.length, 23)
})

await t.test(
  'too many of one key are refused at once; when all places are taken the key with most gives one up',
  async (t) => {
    const turns = new Turns({ atOnce: 1, waiting: 4, waitingPerKey: 3, patience: 60_000 })
    const { promise, resolve } = Promise.withResolvers<void>()
    const done: string[] = []
    const take = (name: string) =>
      turns
        .take(name.charAt(0), () => promise)
        .then((made) => done.push(`${name} ${made === null ? 'refused' : 'made'}`))
    const all = ['a1', 'a2', 'a3', 'a4', 'a5'].map(take)
    await tick()
    t.strictSame(done, ['a5 refused'])
    all.push(take('b1'), take('c1'))
    await tick()
    t.strictSame(done, ['a5 refused', 'a4 refused'], 'the place of the last one')
    all.push(take('d1'))
    await tick()
    t.strictSame(done.at(-1), 'a3 refused')
    all.push(take('e1'))
    await tick()
    t.strictSame(done.at(-1), 'e1 refused', 'none has two more than it')
    resolve()
    await Promise.all(all)
    t.equal(turns.waiting, 0)
  },
)

await t.test('who waits too long is refused, and for who has gone nothing is done', async (t) => {
  const turns = new Turns({ atOnce: 1, waiting: 4, waitingPerKey: 4, patience: 20 })
  const { promise, resolve } = Promise.withResolvers<void>()
  const first = turns.take('a', () => promise)
  t.equal(await turns.take('b', async () => 'made'), null)
  const gone = turns.take(
    'c',
    async () => t.fail('it was done'),
    () => true,
  )
  const last = turns.take('d', async () => 'made')
  resolve()
  await first
  t.equal(await gone, null)
  t.equal(await last, 'made')
})

await t.test('whatever comes, no more is under way than may be, and every one hears of its end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(3), { minLength: 1, maxLength: 60 }), async (keys) => {
      const turns = new Turns({ atOnce: 2, waiting: 8, waitingPerKey: 4, patience: 60_000 })
      let underWay = 0
      let most = 0
      await Promise.allSettled(
        keys.map((key, index) =>
          turns.take(String(key), async () => {
            most = Math.max(most, ++underWay)
            await tick()
            underWay--
            if (index % 5 === 0) throw new Error('the work failed')
          }),
        ),
      )
      if (most > 2 || underWay !== 0 || turns.waiting !== 0) throw new Error(`${most} at once, ${turns.waiting} left`)
    }),
    { numRuns: 50 },
  )
})

await t.test('one question of a session waits, so many of an address and in all', async (t) => {
  const polls = new LongPolls({ inAll: 3, perAddress: 2 })
  const one = polls.begin('s1', 'a')
  const again = polls.begin('s1', 'a')
  t.strictSame([one?.ended.aborted, again?.ended.aborted], [true, false], 'the second ends the first')
  one?.[Symbol.dispose]()
  t.ok(polls.begin('s2', 'a'))
  t.equal(polls.begin('s3', 'a'), null, 'no third of the address')
  t.ok(polls.begin('s4', 'b'))
  t.equal(polls.begin('s5', 'c'), null, 'no fourth in all')
  t.equal(polls.begin('s1', 'a'), null)
  t.equal(again?.ended.aborted, true, 'it is ended all the same')
  again?.[Symbol.dispose]()
  t.equal(polls.held, 2)
})

await t.test('500 machines behind one address that are switched on at once all get their script', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const machines = Array.from({ length: 500 }, (_, i) => ({
    serial: `SN-${i}`,
    mac: `52:54:00:00:0${i >> 8}:${(i & 255).toString(16).padStart(2, '0')}`,
  }))
  // On a busy host the turn of some may not come in time: their script asks again, and so do they.
  const untilKernel = async (machine: (typeof machines)[number], tries = 3): Promise<string> => {
    const script = await bootScript(site.open, machine)
    return tries === 1 || /^kernel /m.test(script) ? script : await untilKernel(machine, tries - 1)
  }
  const scripts = await Promise.all(machines.map((machine) => untilKernel(machine)))
  t.equal(scripts.filter((script) => /^kernel /m.test(script)).length, 500)
  t.match(await fetchSite(scripts[499]!), { bootToken: String })
})

await t.test('who asks again and again hears to wait, in its own language, and others do not', async (t) => {
  const few = { burst: 2, perSecond: 0.1, keys: 100 }
  const site = await openSite(t, await fresh(t), 'server-1', { door: { ...DOOR_LIMITS, machine: few } })
  await addDefaultProfile(site.db)
  const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:01' }
  for (let i = 0; i < 2; i++) t.match(await bootScript(site.open, machine), /^kernel /m)
  const script = await bootScript(site.open, machine)
  t.match(
    script,
    /^#!ipxe\necho eims: more machines ask .*\nimgfree \|\|\nset try:int32 0\n:ask-again\nsleep (10|9) \|\|\n/,
  )
  t.match(script, /^chain --replace --autofree \S+\/boot\.ipxe \|\|\n/m)
  t.notMatch(script, /^(kernel|initrd|sanboot)/m)
  const url = new URL(`/boot/script?mac=${machine.mac}&arch=x86_64&platform=efi`, site.open)
  const [elsewhere] = await once(request(url, { localAddress: '127.0.0.2', agent: false }).end(), 'response')
  t.match((await elsewhere.toArray()).join(''), /^kernel /m, 'nor the machine itself, when another said its MAC')
  const other = { serial: 'SN-2', mac: '52:54:00:aa:00:02' }
  const parameters = await fetchSite(await bootScript(site.open, other))
  const response = await fetch(`${site.open}/agent/v1/onboard`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      bootToken: parameters.bootToken,
      agentKey: 'a'.repeat(64),
      identity: { macs: [machine.mac] },
      inventory: inventory(),
      agentVersion: '0.1.0',
    }),
  })
  t.equal(response.status, 429)
  t.match(Number(response.headers.get('retry-after')), 10)
  t.match(await response.json(), { code: 'too-many-requests', remedy: /Retry-After/ })
})

await t.test('a second question of one session ends the first', async (t) => {
  const site = await openSite(t, await fresh(t))
  const agent = await bootAgent(site.open, { serial: 'SN-1', mac: '52:54:00:aa:00:01' })
  const waits = site.engine.waits.wait.bind(site.engine.waits)
  const asked = Promise.withResolvers<void>()
  site.engine.waits.wait = (...args) => {
    asked.resolve()
    return waits(...args)
  }
  const first = agent.next(60)
  await asked.promise
  const second = agent.next(60)
  t.match(await first, { kind: 'wait' })
  await addDefaultProfile(site.db)
  site.engine.waits.wakeAll()
  t.match(await second, { kind: 'action' })
})
