import t from 'tap'
import { changesIn, follow, type Link, presenceOn, reportElsewhere } from '../src/lan/link.ts'
import { lookOnce } from '../src/lan/watch-links.ts'
import type { Presence, Segment } from '../src/segment.ts'

// One promise: what an interface that went, came back or changed makes of the service is one table.

const link: Link = { index: 7, state: 'running', addresses: ['192.168.77.1'], mtu: 1500 }
const was: Presence = { index: 7, address: '192.168.77.1', formerAddresses: [], mtu: 1500, away: null }
const as = (more: Partial<Link>, from: Presence = was) => {
  const { now, reopen } = follow(from, { ...link, ...more })
  const changed = Object.entries(now).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(from[key as keyof Presence]),
  )
  return { ...Object.fromEntries(changed), ...(reopen ? { reopen } : {}) }
}
const nothing: Partial<Link> = { index: null, state: 'off', addresses: [], mtu: null }

await t.test('what is seen, and what comes of it', async (t) => {
  t.strictSame(as({}), {})
  t.strictSame(as(nothing), { away: 'gone' }, 'what it was is kept')
  t.strictSame(as({ state: 'off', addresses: [] }), { away: 'off' })
  t.strictSame(as({ state: 'no-link', addresses: [] }), { away: 'no-link' })
  t.strictSame(as({ addresses: [] }), { away: 'no-address' })
  t.strictSame(as({}, { ...was, away: 'gone' }), { away: null }, 'the same device is back, from another namespace say')
  t.strictSame(as({ index: 8 }), { index: 8, reopen: true }, 'made anew between two looks')
  t.strictSame(as({ index: 8 }, { ...was, away: 'gone' }), { index: 8, away: null, reopen: true })
  t.strictSame(
    as({ index: 8, addresses: [] }, { ...was, away: 'gone' }),
    { index: 8, away: 'no-address', reopen: true },
    'back, and its address is still to come',
  )
  t.strictSame(as({ addresses: ['192.168.77.9', '192.168.77.1'] }), {}, 'another one before it is no change')
  t.strictSame(as({ addresses: ['192.168.77.9'] }), { address: '192.168.77.9', formerAddresses: ['192.168.77.1'] })
  t.strictSame(as({ mtu: 1400 }), { mtu: 1400 })
  t.strictSame(as({ mtu: null }), {}, 'what the kernel does not say is as it was')
})

await t.test('former addresses: none twice, not the present one, eight at most', async (t) => {
  let at = was
  for (const last of [2, 3, 1, 4, 5, 6, 7, 8, 9, 10])
    at = follow(at, { ...link, addresses: [`192.168.77.${last}`] }).now
  t.equal(at.address, '192.168.77.10')
  t.strictSame(
    at.formerAddresses,
    [9, 8, 7, 6, 5, 4, 1, 3].map((last) => `192.168.77.${last}`),
  )
})

await t.test('at the start an interface has an address', async (t) => {
  t.strictSame(presenceOn(link), was)
  t.equal(presenceOn({ ...link, addresses: [] }), null)
  t.equal(presenceOn({ ...link, index: null }), null)
})

await t.test('what is told', async (t) => {
  const told = (more: Partial<Link>, from = was) => changesIn('eth1', from, follow(from, { ...link, ...more }).now)
  t.strictSame(told({}), [])
  t.strictSame(told(nothing), [
    { level: 'warn', line: 'lan: eth1 is gone; its machines are served again when it is back' },
  ])
  t.match(told({ state: 'no-link', addresses: [] }), [{ level: 'info' }], 'a LAN whose only machine is switched off')
  t.match(told({ state: 'off', addresses: [] }), [{ level: 'warn', line: /\(ip link set eth1 up\)$/ }])
  t.strictSame(told({ index: 8, addresses: ['192.168.77.9'], mtu: 1400 }, { ...was, away: 'gone' }), [
    { level: 'info', line: 'lan: eth1 was made anew; the sockets are bound to the new one' },
    {
      level: 'warn',
      line: 'lan: eth1 has the address 192.168.77.9 instead of 192.168.77.1; machines are sent to the new one from now on',
    },
    { level: 'info', line: 'lan: eth1 has an MTU of 1400 bytes instead of 1500; TFTP blocks fit it from now on' },
    { level: 'info', line: 'lan: eth1 is back with 192.168.77.9' },
  ])
})

await t.test('machines that will report at the former address', async (t) => {
  t.equal(
    reportElsewhere('eth1', '192.168.77.1', { count: 1, names: ['pos-1'] }),
    'lan: 1 machine has yet to report, and will at 192.168.77.1: pos-1; until then let eth1 have that address besides: ip addr add 192.168.77.1/24 dev eth1',
  )
  t.match(
    reportElsewhere('eth1', '192.168.77.1', { count: 25, names: ['pos-1', 'pos-2'] }),
    /25 machines have yet to report, and will at 192\.168\.77\.1: pos-1, pos-2 and 23 more;/,
  )
})

await t.test('sockets are bound before anything is told; what cannot be is looked at again', async (t) => {
  const segment: Segment = { ...was, interface: 'eth1', fds: { dhcp: 3, pxe: 4, tftp: 5, http: 6, https: 7 } }
  const heard: string[] = []
  const look = (rebound: Awaited<ReturnType<Parameters<typeof lookOnce>[0]['rebind']>>, more: Partial<Link>) =>
    lookOnce({
      segments: [segment],
      read: () => ({ ...link, ...more }),
      rebind: async () => {
        heard.push('rebind')
        return rebound
      },
      onChange: ({ index }, { index: before }) => heard.push(`changed ${before} to ${index}`),
      onDeaf: (_, why) => heard.push(`deaf: ${why}`),
    })
  await look('bound', {})
  t.strictSame(heard.splice(0), [])
  await look('gone', { index: 8 })
  t.strictSame([heard.splice(0), segment.index], [['rebind'], 7])
  await look({ refused: 'no capability' }, { index: 8 })
  t.strictSame([heard.splice(0), segment.index], [['rebind', 'deaf: no capability'], 7])
  await look('bound', { index: 9 })
  t.strictSame([heard.splice(0), segment.index], [['rebind', 'changed 7 to 9'], 9])
})
