import t from 'tap'
import { Lan, startLossyLink } from '../src/index.ts'
import { UNTIL_FORWARDING } from '../src/lossy-link.ts'

/** Pings a namespace behind the link so many times; how often it answered, and what the link carried. */
async function answered(loss: number, seed: number, count: number) {
  await using lan = await Lan.create({ name: 'lossy-test' })
  const link = await startLossyLink(lan, loss, seed)
  const far = await lan.addNamespace('machine')
  await link.home.ip('link', 'add', 'port0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', far.name)
  await link.home.ip('link', 'set', 'port0', 'master', link.bridge, 'up')
  await far.ip('addr', 'add', '192.168.77.9/24', 'dev', 'eth0')
  await far.ip('link', 'set', 'eth0', 'address', '52:54:00:00:00:09', 'up')
  await link.home.exec('sh', ['-c', UNTIL_FORWARDING, 'sh', 'port0'])
  // known beforehand: what is counted are the pings
  await lan.site.ip('neigh', 'add', '192.168.77.9', 'lladdr', '52:54:00:00:00:09', 'dev', 'eth0')
  const ping = `busybox ping -q -c ${count} -i 0.02 -W 1 192.168.77.9 || true`
  const { stdout } = await lan.site.exec('sh', ['-c', ping])
  return { answers: Number(/(\d+) packets received/.exec(stdout)?.[1]), ...(await link.stop()) }
}

await t.test('a link that loses nothing carries everything', async (t) => {
  const { answers, frames, lost } = await answered(0, 1, 20)
  t.equal(answers, 20)
  t.equal(lost, 0)
  t.ok(frames >= 40, `${frames} frames, there and back`)
})

await t.test('a link that loses everything carries nothing', async (t) => {
  const { answers, frames, lost } = await answered(1, 1, 2)
  t.equal(answers, 0)
  t.equal(lost, frames)
})

await t.test('a link that loses a third loses about that', async (t) => {
  const { frames, lost } = await answered(0.3, 7, 20)
  t.ok(lost > 0 && lost < frames, `${lost} of ${frames} frames`)
})
