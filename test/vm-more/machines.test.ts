import { startKea } from '@eims/lab'
import t from 'tap'
import { CACHE } from '../cache.ts'
import { together } from '../together.ts'
import { Bench } from '../vm/bench.ts'
import { addProfile } from '../vm/images.ts'
import { MINUTE } from '../vm/states.ts'
import { bootStick, makeStick } from './scenarios/boot-stick.ts'
import { httpBoot } from './scenarios/http-boot.ts'
import { lossy } from './scenarios/lossy.ts'
import { plugPulled } from './scenarios/plug-pulled.ts'
import { FURTHER_LAN, relayed } from './scenarios/relayed.ts'
import { rtl8139 } from './scenarios/rtl8139.ts'
import { vmxnet3 } from './scenarios/vmxnet3.ts'

/**
 * What a site may be made of: Kea gives the addresses, on this LAN and behind a relay, NICs are of other makes, a
 * cable is bad, firmware boots by HTTP or not from the network at all. Two machines are switched on at a time, as in test/vm; none is helped beyond its power button.
 */
const bench = await Bench.create('more', {
  siteDhcp: (options) => startKea({ ...options, cacheDir: CACHE, relayed: [FURTHER_LAN] }),
})
t.teardown(() => bench[Symbol.asyncDispose]())
const profile = await addProfile(bench, 'A')
await bench.eims('nodes', 'add', 'unit-1', '--serial', 'SN-0101', '--profile', profile)
await bench.eims('nodes', 'add', 'unit-2', '--serial', 'SN-0102', '--profile', profile)
const stick = await makeStick(bench)

await together(t, 40 * MINUTE, {
  '5 % of all frames are lost: every byte of the image arrives': (t) => lossy(t, bench),
  "UEFI, vmxnet3, Kea is the site's DHCP server: provisioned": (t) => vmxnet3(t, bench),
  'the plug is pulled in the first boot, and just after RUNNING': (t) => plugPulled(t, bench, profile),
  'UEFI HTTP boot: held in the Micro-OS': (t) => httpBoot(t, bench),
  'BIOS, iPXE in the ROM of an rtl8139: held in the Micro-OS': (t) => rtl8139(t, bench),
  'UEFI, no network boot, our USB stick: held in the Micro-OS': (t) => bootStick(t, bench, 'uefi', stick),
  'BIOS, no network boot, our USB stick: held in the Micro-OS': (t) => bootStick(t, bench, 'bios', stick),
  'UEFI, on a LAN behind a DHCP relay: held in the Micro-OS': (t) => relayed(t, bench),
})
