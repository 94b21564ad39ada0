import { type Reason, scriptSymptoms } from '@eims/contracts'
import t from 'tap'
import {
  autoexec,
  bootFailed,
  conflict,
  decided,
  discover,
  initrd,
  installs,
  kernel,
  MAC,
  named,
  read,
  repeated,
  scripted,
  severalNodes,
  takesAddress,
  upToMicroOs,
  upToScript,
} from './support/diagnosis.ts'
import { judgeEach, type Row } from './support/diagnosis-rows.ts'

const notLoaded = (stage: 'script' | 'initrd' | 'boot', errno: string | null = null): Reason => ({
  code: 'ipxe-download-failed',
  slots: { stage, errno },
})
const iPxeTakesAddress = (second: number) => {
  const taken = takesAddress(second)
  return { ...taken, data: { ...taken.data, userClass: 'Tinkerbell' } }
}
const down: Reason = { code: 'database-down', slots: {} }

const full: Reason = { code: 'disk-full', slots: {} }

const rows: Row[] = [
  {
    symptom: 'elsewhere',
    now: 120,
    events: upToScript,
    more: { site: { dhcpMode: 'proxy', scriptUrl: 'http://192.168.77.1:7480/boot.ipxe' } },
    says: `${MAC} was sent to http://192.168.77.1:7480/boot.ipxe, as the site says; what comes after is not seen here.`,
  },
  {
    symptom: 'ipxe-no-dhcp',
    now: 120,
    events: [discover(0), takesAddress(4), named(5), read(6), autoexec(7)],
    says: 'iPXE started and nothing is heard of its DHCP. Last heard 113 s ago.',
  },
  {
    symptom: 'no-script',
    now: 120,
    events: upToScript,
    says: 'iPXE was told the script’s address http://192.168.77.1:7480/boot.ipxe and never asked for its script. Last heard 111 s ago.',
  },
  {
    symptom: 'script-blocked',
    now: 120,
    // the last DISCOVER of a machine that loops is later than the last address that it took
    events: [...upToScript.slice(0, -1), repeated(scripted(9), 7, 100), repeated(iPxeTakesAddress(9), 6, 99)],
    says: 'iPXE took an address from 192.168.77.2 and was told the script’s address http://192.168.77.1:7480/boot.ipxe, and nothing came by TCP. Last heard 20 s ago.',
  },
  {
    symptom: 'tls-failed',
    now: 30,
    events: [
      ...upToScript,
      bootFailed(10, 'tls', { code: 'ipxe-tls-failed', slots: { cause: 'no-chain', errno: '0216eb3c' } }),
    ],
    says: 'iPXE could not reach the server by HTTPS: iPXE refuses to boot over HTTPS: no certificate that the server shows leads to a CA that the machine was told to trust (https://ipxe.org/0216eb3c). Last heard 20 s ago.',
  },
  {
    symptom: 'script-failed',
    now: 30,
    events: [...upToScript, repeated(bootFailed(10, 'script', notLoaded('script')), 3, 20)],
    says: 'iPXE could not load the script (3 times). Last heard 10 s ago.',
  },
  {
    symptom: 'download-failed',
    now: 30,
    events: [
      ...upToScript,
      decided(10, 'provision', installs),
      kernel(11),
      initrd(12),
      bootFailed(15, 'initrd', notLoaded('initrd', '31062006')),
    ],
    says: 'iPXE could not load the initrd (https://ipxe.org/31062006). Last heard 15 s ago.',
  },
  {
    symptom: 'kernel-refused',
    now: 30,
    events: [...upToMicroOs, bootFailed(21, 'boot', notLoaded('boot'))],
    says: 'It has kernel and initrd, and could not start them: iPXE could not load the boot. Last heard 9 s ago.',
  },
  {
    symptom: 'kernel-not-trusted',
    now: 30,
    events: [
      decided(10, 'provision', installs),
      kernel(11),
      bootFailed(15, 'kernel', { code: 'kernel-not-trusted', slots: {} }),
      kernel(18),
      bootFailed(22, 'kernel', { code: 'kernel-not-trusted', slots: {} }),
    ],
    says: 'It was sent the kernel whole, and did not start it: GRUB has the whole kernel and does not take it: its signature is not trusted (2 times). Last heard 8 s ago.',
  },
  {
    symptom: 'runtime-failed',
    now: 40,
    events: [...upToMicroOs, bootFailed(31, 'runtime-refused', { code: 'runtime-refused', slots: {} })],
    says: 'It started the Micro-OS, which has no runtime yet: the Micro-OS refused what it was sent as its runtime: its SHA-256 is not the one that it was built with. Last heard 9 s ago.',
  },
  {
    symptom: 'database-down',
    now: 120,
    events: [...upToScript, repeated(decided(10, 'wait', down, { where: 'firmware' }), 7, 115)],
    says: 'When it asked what to boot, this server’s database did not answer; so nothing is installed. Last heard 5 s ago.',
  },
  {
    symptom: 'disk-full',
    now: 120,
    events: [...upToScript, repeated(decided(10, 'wait', full, { where: 'firmware' }), 7, 115)],
    says: 'When it asked what to boot, the disk of this server or of its database was full; so nothing is installed. Last heard 5 s ago.',
  },
  {
    symptom: 'waits-in-firmware',
    now: 30,
    events: [
      ...upToScript,
      decided(
        10,
        'wait',
        { code: 'no-micro-os', slots: { architecture: 'arm64', besides: null } },
        { where: 'firmware' },
      ),
    ],
    says: 'It waits in its firmware and asks again every 15 s: there is no Micro-OS for arm64 on this server.',
  },
  {
    symptom: 'refused',
    now: 30,
    events: [...upToScript, decided(10, 'refused', { code: 'unregistered', slots: { policy: 'refuse' } })],
    says: 'It was refused: nobody registered this machine, and the site says refuse; register it (eims nodes add) or change the site’s policy.',
  },
  {
    symptom: 'quarantined',
    now: 30,
    events: [
      ...upToScript,
      decided(
        10,
        'wait',
        { code: 'quarantined', slots: { why: severalNodes, candidates: ['unit-1', 'unit-2'], closed: null } },
        { where: 'micro-os' },
      ),
    ],
    says: "It is quarantined: its identifiers name different nodes: serial SN-1 is unit-1's, MAC 52:54:00:aa:00:02 is unit-2's (candidates: unit-1, unit-2).",
  },
  {
    symptom: 'quarantined',
    now: 60,
    events: [...upToMicroOs, conflict(40, { code: 'identity-missing', slots: {} })],
    says: 'It is quarantined: serial, UUID and MACs of this machine are all placeholders or missing; set a serial or UUID in its firmware.',
  },
  {
    symptom: 'local-disk',
    now: 30,
    events: [...upToScript, decided(10, 'local-disk', { code: 'finished', slots: { node: 'unit-1', finish: 'hold' } })],
    says: `${MAC} was sent to its own disk: unit-1 is finished (hold).`,
  },
  {
    symptom: 'no-kernel',
    now: 120,
    events: [...upToScript, decided(10, 'provision', installs)],
    says: 'It got its script and fetches no kernel. Last heard 110 s ago.',
  },
  {
    symptom: 'download-stopped',
    now: 400,
    events: [...upToScript, decided(10, 'provision', installs), kernel(11), initrd(12)],
    says: 'It began to load the initrd and asked for nothing after it. Last heard 6 min ago.',
  },
  {
    symptom: 'micro-os-silent',
    now: 300,
    events: upToMicroOs,
    says: 'It loaded the whole Micro-OS, and its agent was never heard of. Last heard 5 min ago.',
  },
]

await judgeEach(t, rows, Object.keys(scriptSymptoms))
