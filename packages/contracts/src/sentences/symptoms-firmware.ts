import type { SymptomText } from './symptom-text.ts'

/** From power on to the boot file: what DHCP and TFTP show. */
export const firmwareSymptoms = {
  'no-packet': {
    verdict: 'waiting',
    certainty: 'likely',
    says: 'Nothing was heard of {machine} on {lan} {span}.',
    missing: 'a DHCP DISCOVER of its firmware',
    cause:
      'It is switched off or starts from its disk. If it is on and tries to boot from the network (PXE-E61, PXE-E51, PXE-E53): the cable, another switch port or VLAN than the bench’s, a port that spanning tree still blocks, or network boot that is not first in its boot order.',
    remedy: [
      'Switch it on, with IPv4 network boot (PXE) enabled and first in its boot order.',
      'Look for the link light, and compare its MAC with the one asked for.',
      'Make the switch port an access port of the bench’s VLAN (firmware knows no VLAN tags) with portfast.',
    ],
  },
  'lan-silent': {
    verdict: 'waiting',
    certainty: 'likely',
    says: 'Nothing was heard of {machine} on {lan} {span}, nor of any other machine.',
    missing: 'a DHCP DISCOVER of any machine’s firmware',
    cause:
      'No machine is on, or this server does not hear the bench: it serves another interface, its own cable or switch port is on another LAN, or a firewall drops UDP port 67.',
    remedy: [
      './eims doctor looks at the interface, its link, the ports and the rules of this server’s firewall.',
      'Compare {lan} with where the bench’s cable is; another one is served with: ./eims up --interface IF',
      'Switch the machine on, with IPv4 network boot (PXE) enabled and first in its boot order, and look for its link light.',
    ],
  },
  'not-since': {
    verdict: 'waiting',
    certainty: 'likely',
    says: '{machine} was last heard of {ago}; it has not come by since.',
    missing: 'its next boot from the network',
    cause: 'It is switched off, or it started from its disk.',
    remedy: ['Switch it on or restart it, with network boot first in its boot order.'],
  },
  'dhcp-off': {
    verdict: 'waiting',
    certainty: 'certain',
    says: '{machine} asks for a boot server, and DHCP is off at this site.',
    missing: 'an answer that leads it here',
    cause: 'The site’s own DHCP server has to name the boot server and file (options 66 and 67), and it did not.',
    remedy: [
      'Set options 66 and 67 on the site’s DHCP server as docs/dhcp.md shows.',
      'Or let eims answer: ./eims site set --dhcp proxy',
    ],
  },
  denied: {
    verdict: 'waiting',
    certainty: 'certain',
    says: '{machine} may not boot from the network: {reason}.',
    cause: 'Its netboot policy denies it.',
    remedy: ['If it is to boot: ./eims nodes set {node} --netboot allowed'],
  },
  'plain-refused': {
    verdict: 'waiting',
    certainty: 'certain',
    says: '{machine} came by plain HTTP and is refused: {reason}.',
    cause: 'The site boots over HTTPS only, and BIOS machines and old iPXE builds know none.',
    remedy: [
      'Set its firmware to UEFI boot.',
      'Or allow plain HTTP for machines that know nothing else: ./eims site set --plain-http allowed',
    ],
  },
  'local-policy': {
    verdict: 'well',
    certainty: 'certain',
    says: '{machine} boots its own disk, as its netboot policy says.',
  },
  'architecture-refused': {
    verdict: 'trouble',
    certainty: 'certain',
    says: 'Its firmware is of a kind that is not served: {reason}.',
    missing: 'firmware that a boot file is there for',
    cause: 'There is no boot file for this architecture, or the firmware is set to another kind of boot.',
    remedy: [
      'Set the firmware to 64-bit UEFI or BIOS PXE boot.',
      'Or name a boot file for it: ./eims site set --boot-file arch=NUMBER,file=NAME',
    ],
  },
  'not-answered': {
    verdict: 'trouble',
    certainty: 'certain',
    says: 'Its DHCP packets were heard and not answered: {reason}.',
    remedy: ['Mend what the reason names, and restart the machine.'],
  },
  'dhcp-broken': {
    verdict: 'trouble',
    certainty: 'certain',
    says: 'Its DHCP packets were heard and not answered: {reason}.',
    missing: 'a packet as PXE firmware sends it (RFC 4578)',
    cause: 'A fault of its firmware or network ROM, or something between (a relay, a switch) spoils the packets.',
    remedy: [
      'Bring its firmware, or the NIC’s ROM, up to date, or switch it from BIOS to UEFI network boot.',
      'Start it without its own network boot: ./eims boot-media usb OUT (docs/boot-media.md).',
      'If many machines behind one relay or switch show this, look there.',
    ],
  },
  'not-ethernet': {
    verdict: 'trouble',
    certainty: 'certain',
    says: 'Its DHCP packets were heard and not answered: {reason}.',
    missing: 'a packet of an Ethernet port',
    cause: 'The port boots as InfiniBand (hardware type 32) or as another network, or its ROM says a wrong type.',
    remedy: [
      'Set the adapter’s port to Ethernet (of an NVIDIA adapter: mlxconfig set LINK_TYPE_P1=2), or boot from another port.',
      'Bring the NIC’s ROM up to date, or start the machine without it: ./eims boot-media usb OUT (docs/boot-media.md).',
    ],
  },
  'server-late': {
    verdict: 'trouble',
    certainty: 'certain',
    says: 'Its DHCP packets were heard and not answered: {reason}.',
    missing: 'this server’s answer',
    cause:
      'This server could not look up the machine: it is overloaded, or its database or settings are not as they should be.',
    remedy: [
      './eims doctor shows whether the database answers; this server’s log says more.',
      'Restart the machine when that is mended: firmware gives up after a minute.',
    ],
  },
  'reply-not-sent': {
    verdict: 'trouble',
    certainty: 'certain',
    says: 'It was heard, and its answer was never sent: {reason}.',
    missing: 'this server’s answer on the wire',
    cause:
      'The interface went down or lost its address, a firewall of this server forbids it to send, or there is no way to the relay.',
    remedy: [
      './eims doctor looks at the interface, its link and the rules of this server’s firewall.',
      'Behind a relay: this server needs a route to the relay’s address.',
    ],
  },
  'rate-limited': {
    verdict: 'trouble',
    certainty: 'likely',
    says: '{machine} sent {count} DHCP packets in {span}; more than ten a second are not answered.',
    cause: 'A loop in the network, or firmware that asks without pausing.',
    remedy: ['Look for a loop between switch ports (a cable with both ends in the bench LAN).'],
  },
  'no-dhcp-server': {
    verdict: 'trouble',
    certainty: 'likely',
    patience: 40,
    says: 'It asked for an address {times} and took none.',
    missing: 'its DHCP REQUEST to the server that gives it an address',
    cause:
      'No DHCP server of this LAN offered it an address (PXE-E51, PXE-E16): it is off, full, or on another VLAN. eims hands out none.',
    remedy: [
      'Start the LAN’s DHCP server, or free addresses in its range; ./eims doctor shows whether one answers.',
      'If a relay leads to it, let the relay pass this LAN’s packets on.',
    ],
  },
  'offer-not-joined': {
    verdict: 'trouble',
    certainty: 'likely',
    patience: 40,
    says: 'It asked for an address {times} and took none, though the LAN’s DHCP server gives them out.',
    missing: 'its DHCP REQUEST to the server that gives it an address',
    cause:
      'Its firmware does not put together the DHCP server’s offer (an address) and that of a ProxyDHCP (a boot file): it waits for one with both.{others} Or that server has no address for this machine.',
    remedy: [
      'Let the site’s DHCP server name the boot file (dhcp-boot in dnsmasq; docs/dhcp.md has the lines for each server), then: ./eims site set --dhcp off',
      'See that the DHCP server has no rule about its MAC, and free addresses in its range.',
      'Or bring its firmware up to date, or start it without: ./eims boot-media usb OUT (docs/boot-media.md).',
    ],
  },
  'heard-once': {
    verdict: 'trouble',
    certainty: 'likely',
    patience: 40,
    says: 'It asked for an address {times} and did not go on.',
    missing: 'its DHCP REQUEST to the server that gives it an address',
    cause:
      'It was switched off or stopped at its keyboard, its link broke off, or something else booted it.{others} Firmware that gets no address asks four times and more.',
    remedy: [
      'Look whether it is on, and what stands on its screen; then restart it from the network.',
      'If that ends here again: look at its cable and switch port, and whether the DHCP server knows a rule about its MAC.',
    ],
  },
  'other-server': {
    verdict: 'trouble',
    certainty: 'likely',
    patience: 40,
    says: 'It took the offer of {server} and never asked on port 4011, as it was told.',
    missing: 'its REQUEST on UDP port 4011',
    cause:
      'Another offer won: another PXE server of this LAN answered (its name, file or menu stands on the machine’s screen), or the DHCP server {server} names a boot file itself. Or UDP 4011 is blocked.',
    remedy: [
      './eims doctor names other PXE servers: stop them, or take this LAN from them.',
      'Take options 66 and 67 (next-server, filename) out of the DHCP server {server}.',
      'Let UDP (not TCP) port 4011 through to this server.',
    ],
  },
  'no-tftp': {
    verdict: 'trouble',
    certainty: 'likely',
    patience: 60,
    says: 'It was told to load {file} and read no file by TFTP.',
    missing: 'a TFTP read that came to an end',
    cause:
      'UDP port 69 does not get through (PXE-E18, PXE-E32, an NBP of 0 bytes), the firmware took another server’s file, or it broke its transfer off.',
    remedy: [
      'Let UDP port 69 through between the machine and this server, and the answers from its other ports; ./eims doctor names rules of its own that drop it.',
      'Stop other PXE servers of the LAN; ./eims doctor names them.',
    ],
  },
  'no-http-boot': {
    verdict: 'trouble',
    certainty: 'likely',
    patience: 60,
    says: 'It was told to load {file} by HTTP and did not fetch it.',
    missing: 'its GET of the boot file',
    cause: 'The firmware got no address, its settings do not allow plain HTTP, or TCP to this server is blocked.',
    remedy: [
      'Allow HTTP connections in its firmware settings (Network, HTTP Boot), or boot by PXE.',
      'Let the machines’ TCP port through to this server.',
    ],
  },
  'tftp-blocked': {
    verdict: 'trouble',
    certainty: 'likely',
    says: 'It asked for {file} by TFTP, and none of what it was sent was acknowledged.',
    missing: 'its acknowledgement of the first packet',
    cause:
      'The answers come from a new port, as TFTP wants it, and something between drops them (PXE-E18, PXE-E32, PXE-E35, an NBP of 0 bytes).',
    remedy: [
      'Let UDP from every port of this server through to the machines.',
      'Where that cannot be, answer from port 69 alone: ./eims up --tftp-single-port',
    ],
  },
  'tftp-large-lost': {
    verdict: 'trouble',
    certainty: 'likely',
    says: 'It asked for {file} by TFTP, and the first full block of it was never acknowledged.',
    missing: 'its acknowledgement of the first block',
    cause:
      'Large packets get lost between this server and the machine: the way takes smaller ones than this server’s interface (a VLAN, a tunnel, a switch with a smaller MTU). Or something drops the answers, which come from a new port, as TFTP wants it.',
    remedy: [
      'See which size comes through to another host of that LAN: ping -M do -s 1472 ADDRESS',
      'Give this server’s interface the MTU that the way takes (ip link set IF mtu N): its blocks then fit.',
      'Let UDP from every port of this server through to the machines, or answer from port 69 alone: ./eims up --tftp-single-port',
    ],
  },
  'tftp-broke-off': {
    verdict: 'trouble',
    certainty: 'likely',
    says: 'Its TFTP transfer of {file} broke off: {reason}.',
    missing: 'the rest of the file’s acknowledgements',
    cause: 'Packets get lost on the way, or a block is larger than the line takes.',
    remedy: ['Look at the cable, the switch port’s error counters and its MTU.'],
  },
  'tftp-no-file': {
    verdict: 'trouble',
    certainty: 'certain',
    says: 'It asked by TFTP for {file}: {reason}.',
    cause: 'A boot-file rule, the node’s own boot file or another DHCP server names a file that is not on this server.',
    remedy: [
      'Lay the iPXE files again: ./eims prepare',
      'Correct the name: ./eims site show, ./eims nodes show {node}, and option 67 of the site’s DHCP server.',
    ],
  },
  'secure-boot': {
    verdict: 'trouble',
    certainty: 'likely',
    patience: 45,
    says: 'It read {file} whole, and that program was never heard of.',
    missing: 'the first sign of iPXE',
    cause: 'Secure Boot is on and the file is not signed (Verification failed, Access denied, Security Violation).',
    remedy: [
      'Start it again from the network, or wait for the firmware’s next way: it gets Debian’s signed chain then (docs/secure-boot.md), unless ./eims site show says that Secure Boot gets iPXE for all.',
      'If Secure Boot is off, give this machine the other build: ./eims nodes set {node} --boot-file ipxe.efi',
    ],
  },
  'signed-chain-refused': {
    verdict: 'trouble',
    certainty: 'likely',
    patience: 90,
    says: 'It read {file} whole, and what that starts was never heard of{before}.',
    missing: 'the first sign of GRUB',
    cause:
      'Its firmware trusts none of Microsoft’s UEFI CAs for other makers’ programs, as some are set up when sold, or has revoked this shim.',
    remedy: [
      'Allow the “Microsoft 3rd-party UEFI CA” in the firmware’s Secure Boot menu, and start it again.',
      'Or hand out files that its keys do trust: ./eims up --boot-files DIR',
      'If neither may be, switch Secure Boot off in the firmware.',
    ],
  },
  'binary-hangs': {
    verdict: 'trouble',
    certainty: 'likely',
    patience: 90,
    says: 'It read {file} whole, and that program was never heard of.',
    missing: 'the first sign of iPXE',
    cause: 'iPXE does not get on with the network ROM of this machine, or its port lost the link.',
    remedy: [
      'Look at the machine’s screen: does iPXE start?',
      'Set the firmware to UEFI boot, or update the NIC’s ROM.',
    ],
  },
} as const satisfies Record<string, SymptomText>
