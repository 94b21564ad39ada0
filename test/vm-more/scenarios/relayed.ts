import { startRoutedLan } from '@eims/lab'
import type { Test } from 'tap'
import type { Bench } from '../../vm/bench.ts'
import { proveUnaided } from '../../vm/proof.ts'
import { isWaiting, MINUTE } from '../../vm/states.ts'

/** first three numbers of the LAN behind the relay */
export const FURTHER_LAN = '192.168.99'
const mac = '52:54:00:ab:00:04'

/** UEFI on another LAN: a relay tells the site's DHCP server and eims what it broadcasts; the rest is routed. */
export async function relayed(t: Test, bench: Bench): Promise<void> {
  const routed = await startRoutedLan({ lan: bench.lan, subnet: FURTHER_LAN, dir: bench.dir })
  const machine = await bench.machine(
    'relayed',
    {
      firmware: 'uefi',
      nic: { model: 'virtio-net-pci', mac, pxe: 'firmware' },
      disk: { bus: 'virtio' },
      system: { serial: 'SN-0104', uuid: '11111111-2222-3333-4444-555555550104' },
    },
    routed,
  )
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until('SN-0104', isWaiting, 12 * MINUTE)
  t.equal(node.state, 'ONBOARDED')
  t.match(node.inventory?.nics, [{ mac, driver: 'virtio_net', link: true, boot: true }])

  const { dhcp, tftp, http } = await bench.wire()
  const relays = dhcp.filter(
    (seen) => seen.mac === mac && seen.source === routed.gateway && seen.destinationPort === 67,
  )
  t.ok(relays.length > 0, 'the relay asked in its name')
  const offers = dhcp.filter((seen) => seen.mac === mac && seen.message === 'OFFER')
  t.strictSame(
    offers.filter((seen) => seen.destination !== routed.gateway),
    [],
    'every OFFER went to the relay',
  )
  t.ok(
    offers.some((seen) => seen.source === bench.lan.bench.serviceAddress),
    'eims made one',
  )
  const ofTheLan = (seen: { source: string }) => seen.source.startsWith(`${FURTHER_LAN}.`)
  t.ok(tftp.some(ofTheLan), 'TFTP came through the router')
  t.ok(http.some(ofTheLan), 'and HTTP')
  await machine.powerOff()
  await routed[Symbol.asyncDispose]()
}
