import { firmwareSymptoms, type Reason } from '@eims/contracts'
import t from 'tap'
import { diagnose } from '../src/diagnosis/diagnose.ts'
import type { DiagnosisFacts } from '../src/diagnosis/facts.ts'
import {
  at,
  decided,
  dhcp,
  discover,
  dropped,
  event,
  facts,
  instance,
  MAC,
  named,
  node,
  read,
  repeated,
  takesAddress,
  tftpFailed,
  upToMicroOs,
  upToScript,
} from './support/diagnosis.ts'
import { judged } from './support/diagnosis-garbled.ts'
import { judgeEach, type Row } from './support/diagnosis-rows.ts'

const ignored = (reason: Reason) => dhcp(0, 'DISCOVER', 67, { reason })
const fromDisk = (why: Reason): Reason => ({ code: 'starts-from-disk', slots: { why } })
const noAck = (block: number, last: number): Reason => ({ code: 'tftp-no-ack', slots: { block, last } })
const bios = (second: number) =>
  dhcp(second, 'DISCOVER', 67, { step: 'firmware', file: '52-54-00-aa-00-01/undionly.kpxe' })
const malformed = { code: 'dhcp-malformed', slots: { text: 'vendorSpecific (43) says 20 bytes and has 3' } } as const
const onboarded = event(40, 'agent.onboarded', 'the agent onboarded (0.1.0)', { version: '0.1.0' })

/** A server on whose LAN a machine took an address at that second. */
const serves = (second: number): DiagnosisFacts['server'] => {
  const heardServers = [{ address: '192.168.77.2', how: 'chosen', lastAt: new Date(at(second)).toISOString() } as const]
  return { since: at(-600), initrd: {}, interfaces: [{ interface: 'enp2s0', address: '192.168.77.1', heardServers }] }
}

const rows: Row[] = [
  {
    symptom: 'no-packet',
    now: 0,
    events: [],
    says: `Nothing was heard of ${MAC} on enp2s0 in the 10 min since this server listens.`,
  },
  {
    symptom: 'no-packet',
    now: 0,
    events: [{ ...event(-60, 'node.registered', 'Registered by admin'), mac: null }],
    more: { node: node({ state: 'REGISTERED' }) },
    says: 'Nothing was heard of unit-1 on enp2s0 in the 10 min since this server listens.',
  },
  {
    symptom: 'lan-silent',
    now: 0,
    events: [],
    more: { lan: { heardAt: null, strangers: [] } },
    says: `Nothing was heard of ${MAC} on enp2s0 in the 10 min since this server listens, nor of any other machine.`,
  },
  {
    symptom: 'lan-silent',
    now: 0,
    events: [],
    more: { lan: { heardAt: at(-700), strangers: [] } },
    says: `Nothing was heard of ${MAC} on enp2s0 in the 10 min since this server listens, nor of any other machine.`,
  },
  {
    symptom: 'not-since',
    now: 4000,
    events: [
      ...upToMicroOs,
      onboarded,
      event(100, 'instance.provisioned', 'the OS is written'),
      event(140, 'instance.running', 'Debian 12 runs'),
      { ...event(3700, 'node.changed', 'will be imaged again: sold back', { wish: 'reprovision' }), mac: null },
    ],
    more: {
      node: node({ instance: instance('PENDING', { code: 'waits-for-its-machine', slots: {} }) }),
      agentSeenAt: at(90),
    },
    says: 'unit-1 was last heard of 64 min ago; it has not come by since.',
  },
  {
    symptom: 'dhcp-off',
    now: 60,
    events: [ignored({ code: 'dhcp-off', slots: {} })],
    more: { site: { dhcpMode: 'off', scriptUrl: null } },
    says: `${MAC} asks for a boot server, and DHCP is off at this site.`,
  },
  {
    symptom: 'dhcp-off',
    now: 60,
    events: [ignored(fromDisk({ code: 'dhcp-off', slots: {} }))],
    says: `${MAC} asks for a boot server, and DHCP is off at this site.`,
  },
  {
    symptom: 'architecture-refused',
    now: 60,
    events: [ignored({ code: 'http-boot-off', slots: { besides: null } })],
    says: 'Its firmware is of a kind that is not served: UEFI HTTP boot (HTTPClient) is not served; switch the firmware to PXE boot. Last heard 60 s ago.',
  },
  {
    symptom: 'denied',
    now: 60,
    events: [
      dhcp(0, 'DISCOVER', 67, {
        step: 'denied',
        file: 'netboot-denied-pos-17-may-not',
        reason: { code: 'netboot-denied', slots: { node: 'pos-17' } },
      }),
    ],
    says: `${MAC} may not boot from the network: pos-17 may not boot from the network.`,
  },
  {
    symptom: 'denied',
    now: 60,
    events: [discover(0), decided(10, 'refused', { code: 'netboot-denied', slots: { node: 'unit-1' } })],
    more: { node: node({ netbootPolicy: 'denied' }) },
    says: 'unit-1 may not boot from the network: its netboot policy says denied.',
  },
  {
    symptom: 'plain-refused',
    now: 60,
    events: [
      dhcp(0, 'DISCOVER', 67, {
        step: 'denied',
        file: 'netboot-denied-https-only',
        reason: { code: 'https-only', slots: { client: 'bios' } },
      }),
    ],
    says: `${MAC} came by plain HTTP and is refused: this site boots over HTTPS only, and no iPXE for BIOS knows its CA.`,
  },
  {
    symptom: 'plain-refused',
    now: 30,
    events: [...upToScript, decided(10, 'refused', { code: 'https-only', slots: { client: 'plain-http' } })],
    says: `${MAC} came by plain HTTP and is refused: this site boots over HTTPS only, and this machine came by plain HTTP (its firmware or iPXE may know no HTTPS).`,
  },
  {
    symptom: 'local-policy',
    now: 60,
    events: [ignored(fromDisk({ code: 'netboot-local', slots: { node: 'unit-1' } }))],
    says: `${MAC} boots its own disk, as its netboot policy says.`,
  },
  {
    symptom: 'architecture-refused',
    now: 60,
    events: [
      ignored({
        code: 'architecture-not-served',
        slots: { number: 6, architecture: 'x86 UEFI', fault: '32-bit' },
      }),
    ],
    says: 'Its firmware is of a kind that is not served: architecture 6 (x86 UEFI) is 32-bit firmware, which cannot load the 64-bit binaries. Last heard 60 s ago.',
  },
  {
    symptom: 'not-answered',
    now: 60,
    events: [ignored({ code: 'dhcp-reply-too-large', slots: { bytes: 900, room: 548, url: 'script' } })],
    says: 'Its DHCP packets were heard and not answered: the reply has 900 bytes and the client takes 548; shorten the script URL. Last heard 60 s ago.',
  },
  {
    symptom: 'dhcp-broken',
    now: 60,
    events: [repeated(dropped(0, { code: 'dhcp-no-architecture', slots: {} }), 4, 28)],
    says: 'Its DHCP packets were heard and not answered: the packet does not tell the architecture (option 93 is missing). Last heard 32 s ago.',
  },
  {
    symptom: 'dhcp-broken',
    now: 60,
    events: [dropped(0, { code: 'dhcp-option-length', slots: { option: 97, bytes: 16 } })],
    says: 'Its DHCP packets were heard and not answered: option 97 (machine identifier) has 16 bytes, not 0 or 17. Last heard 60 s ago.',
  },
  {
    symptom: 'dhcp-broken',
    now: 60,
    events: [...upToScript.slice(0, 4), dropped(9, malformed, { messageType: null })],
    says: 'Its DHCP packets were heard and not answered: the packet is no whole DHCP: vendorSpecific (43) says 20 bytes and has 3. Last heard 51 s ago.',
  },
  {
    symptom: 'not-ethernet',
    now: 60,
    events: [dropped(0, { code: 'dhcp-hardware-type', slots: { type: 32, length: 6 } })],
    says: 'Its DHCP packets were heard and not answered: the packet says hardware type 32 with 6 address bytes, and Ethernet is 1 with 6. Last heard 60 s ago.',
  },
  {
    symptom: 'server-late',
    now: 60,
    events: [discover(0), dropped(4, { code: 'dhcp-facts-late', slots: { text: 'the database is away' } })],
    says: 'Its DHCP packets were heard and not answered: what this machine is to get was not known in time: the database is away. Last heard 56 s ago.',
  },
  {
    symptom: 'reply-not-sent',
    now: 60,
    events: [
      discover(0),
      dropped(0, { code: 'dhcp-not-sent', slots: { text: 'cannot send: EPERM' } }, { messageType: null }),
    ],
    says: 'It was heard, and its answer was never sent: the reply did not leave this server: cannot send: EPERM. Last heard 60 s ago.',
  },
  {
    symptom: 'dhcp-off',
    now: 60,
    events: [dropped(0, malformed, { messageType: null })],
    more: { site: { dhcpMode: 'off', scriptUrl: null } },
    says: `${MAC} asks for a boot server, and DHCP is off at this site.`,
  },
  {
    symptom: 'rate-limited',
    now: 60,
    events: [
      repeated(discover(0), 10, 0),
      repeated(dropped(0, { code: 'dhcp-too-many', slots: { perSecond: 10 } }), 5, 1),
    ],
    says: `${MAC} sent 15 DHCP packets in 1 s; more than ten a second are not answered. Last heard 59 s ago.`,
  },
  {
    symptom: 'rate-limited',
    now: 60,
    events: [repeated(discover(0), 400, 40)],
    says: `${MAC} sent 400 DHCP packets in 40 s; more than ten a second are not answered. Last heard 20 s ago.`,
  },
  {
    symptom: 'no-dhcp-server',
    now: 60,
    events: [repeated(discover(0), 4, 28)],
    says: 'It asked for an address 4 times and took none. Last heard 32 s ago.',
  },
  {
    symptom: 'heard-once',
    now: 600,
    events: [discover(0)],
    more: { server: serves(500) },
    says: 'It asked for an address once and did not go on. Last heard 10 min ago.',
  },
  {
    symptom: 'offer-not-joined',
    now: 600,
    events: [discover(0), discover(4), discover(12), discover(28)],
    more: { server: serves(500) },
    says: 'It asked for an address 4 times and took none, though the LAN’s DHCP server gives them out. Last heard 10 min ago.',
  },
  {
    symptom: 'offer-not-joined',
    now: 90,
    events: [bios(0), bios(4), bios(12), bios(28)],
    more: { server: serves(20) },
    says: 'It asked for an address 4 times and took none, though the LAN’s DHCP server gives them out. Last heard 62 s ago.',
  },
  {
    symptom: 'no-dhcp-server',
    now: 90,
    events: [bios(0), bios(4), bios(12), bios(28)],
    says: 'It asked for an address 4 times and took none. Last heard 62 s ago.',
  },
  {
    symptom: 'no-tftp',
    now: 90,
    events: [bios(0), bios(4), bios(12), takesAddress(14)],
    more: { server: serves(20) },
    says: 'It was told to load undionly.kpxe and read no file by TFTP. Last heard 76 s ago.',
  },
  {
    symptom: 'no-tftp',
    now: 90,
    events: [
      bios(0),
      bios(4),
      bios(12),
      dropped(14, { code: 'dhcp-no-architecture', slots: {} }, { messageType: 'request' }),
    ],
    more: { server: serves(20) },
    says: 'It was told to load undionly.kpxe and read no file by TFTP. Last heard 76 s ago.',
  },
  {
    symptom: 'no-dhcp-server',
    now: 600,
    events: [discover(0)],
    says: 'It asked for an address once and took none. Last heard 10 min ago.',
  },
  {
    symptom: 'other-server',
    now: 60,
    events: [discover(0), takesAddress(4)],
    says: 'It took the offer of 192.168.77.2 and never asked on port 4011, as it was told. Last heard 56 s ago.',
  },
  {
    symptom: 'no-tftp',
    now: 90,
    events: [discover(0), takesAddress(4), named(5)],
    says: 'It was told to load snponly.efi and read no file by TFTP. Last heard 85 s ago.',
  },
  {
    symptom: 'no-http-boot',
    now: 90,
    events: [dhcp(0, 'DISCOVER', 67, { step: 'http', file: 'http://192.168.77.1:7480/boot/ipxe/snponly.efi' })],
    says: 'It was told to load http://192.168.77.1:7480/boot/ipxe/snponly.efi by HTTP and did not fetch it. Last heard 90 s ago.',
  },
  {
    symptom: 'tftp-blocked',
    now: 90,
    events: [discover(0), takesAddress(4), named(5), tftpFailed(60, 'snponly.efi', noAck(0, 194))],
    says: 'It asked for snponly.efi by TFTP, and none of what it was sent was acknowledged. Last heard 30 s ago.',
  },
  {
    symptom: 'tftp-large-lost',
    now: 90,
    events: [discover(0), takesAddress(4), named(5), tftpFailed(60, 'snponly.efi', noAck(1, 194))],
    says: 'It asked for snponly.efi by TFTP, and the first full block of it was never acknowledged. Last heard 30 s ago.',
  },
  {
    symptom: 'tftp-broke-off',
    now: 90,
    events: [bios(0), tftpFailed(60, 'undionly.kpxe', noAck(17, 75))],
    says: 'Its TFTP transfer of undionly.kpxe broke off: no acknowledgement of block 17 of 75. Last heard 30 s ago.',
  },
  {
    symptom: 'tftp-no-file',
    now: 90,
    events: [bios(0), tftpFailed(1, 'signed.efi', { code: 'tftp-not-found', slots: {} }, { refusal: 'notFound' })],
    says: 'It asked by TFTP for signed.efi: file not found. Last heard 89 s ago.',
  },
  {
    symptom: 'secure-boot',
    now: 90,
    events: [discover(0), takesAddress(4), named(5), read(6)],
    says: 'It read snponly.efi whole, and that program was never heard of. Last heard 84 s ago.',
  },
  {
    symptom: 'secure-boot',
    now: 90,
    events: [event(6, 'boot.file', 'fetches snponly.efi by HTTP', { name: 'snponly.efi' })],
    says: 'It read snponly.efi whole, and that program was never heard of. Last heard 84 s ago.',
  },
  {
    symptom: 'signed-chain-refused',
    now: 120,
    events: [discover(0), takesAddress(4), named(5), read(6), discover(20), read(26, 'shimx64.efi')],
    says: 'It read shimx64.efi whole, and what that starts was never heard of, and no more snponly.efi before it, which is iPXE. Last heard 94 s ago.',
  },
  {
    // It is switched on again and again, and goes on with iPXE.
    symptom: 'signed-chain-refused',
    now: 120,
    events: [read(6), read(26, 'shimx64.efi'), read(50)],
    says: 'It read shimx64.efi whole, and what that starts was never heard of, and no more snponly.efi before it, which is iPXE. Last heard 70 s ago.',
  },
  {
    symptom: 'signed-chain-refused',
    now: 120,
    events: [read(26, 'shimx64.efi')],
    says: 'It read shimx64.efi whole, and what that starts was never heard of. Last heard 94 s ago.',
  },
  {
    symptom: 'binary-hangs',
    now: 120,
    events: [bios(0), read(3, 'undionly.kpxe')],
    says: 'It read undionly.kpxe whole, and that program was never heard of. Last heard 117 s ago.',
  },
]

await judgeEach(t, rows, Object.keys(firmwareSymptoms))

await t.test('of a machine that is not heard it is said who else is', async (t) => {
  const other = { mac: '52:54:00:aa:00:02', at: at(-120) }
  const { remedy } = judged(t, facts(0, [], { lan: { heardAt: at(-120), strangers: [other] } }))
  t.match(remedy[0], /^Heard meanwhile, and of no node: 52:54:00:aa:00:02 \(2 min ago\)\. /)
  t.equal(remedy.length, 4)
})

await t.test('what earlier versions wrote down as sentences is read, and ends in the general symptom', async (t) => {
  const said = (event: ReturnType<typeof dhcp>, reason: string, decision: string) =>
    diagnose(facts(60, [{ ...event, data: { ...event.data, reason, decision } }]))
  t.match(said(dhcp(0, 'DISCOVER', 67, {}), 'architecture 6 (x86 UEFI) is too narrow', 'ignored: architecture 6'), {
    symptom: 'not-answered',
    summary: /not answered: architecture 6 \(x86 UEFI\) is too narrow\./,
    answered: [{ what: 'ignored: architecture 6' }],
  })
  const denied = dhcp(0, 'DISCOVER', 67, { step: 'denied', file: 'netboot-denied-gone' })
  t.match(said(denied, 'this site boots over HTTPS only, this iPXE has none', 'denied: HTTPS only; sent x'), {
    symptom: 'denied',
    summary: /: this site boots over HTTPS only, this iPXE has none\./,
    answered: [{ what: 'denied: HTTPS only; sent x' }],
  })
  const failed = tftpFailed(1, 'snponly.efi', noAck(0, 9))
  t.match(
    diagnose(facts(60, [{ ...failed, data: { name: 'snponly.efi', reason: 'no acknowledgement of the options' } }])),
    {
      symptom: 'tftp-broke-off',
      summary: /broke off: no acknowledgement of the options\./,
    },
  )
})
