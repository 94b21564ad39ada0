import type { SymptomText } from './symptom-text.ts'

/** From iPXE to the Micro-OS: what the boot script and the downloads show. */
export const scriptSymptoms = {
  elsewhere: {
    verdict: 'well',
    certainty: 'certain',
    says: '{machine} was sent to {url}, as the site says; what comes after is not seen here.',
  },
  'ipxe-no-dhcp': {
    verdict: 'trouble',
    certainty: 'likely',
    patience: 90,
    says: 'iPXE started and nothing is heard of its DHCP.',
    missing: 'the DISCOVER of iPXE',
    cause:
      'Its driver resets the link, and the switch port then forwards nothing for a while: spanning tree without portfast, or LACP that waits for a partner (“no configuration methods succeeded”).',
    remedy: [
      'Set portfast (edge port) on the switch port, and LACP fallback or no LACP while machines are provisioned.',
      'Or use the build with the firmware’s own driver: ./eims nodes set {node} --boot-file snponly.efi',
    ],
  },
  'no-script': {
    verdict: 'trouble',
    certainty: 'likely',
    patience: 60,
    says: 'iPXE was told the script’s address {url} and never asked for its script.',
    missing: 'GET of the boot script',
    cause:
      'iPXE got no address from the LAN’s DHCP server: it was not heard to take one. Or its address does not reach this server (another subnet, a blocked TCP port).',
    remedy: [
      'Read the machine’s screen: without an address look at the LAN’s DHCP server, with one at what lies between.',
      'From the LAN, try: curl {url}',
    ],
  },
  'script-blocked': {
    verdict: 'trouble',
    certainty: 'likely',
    patience: 60,
    says: 'iPXE took an address from {server} and was told the script’s address {url}, and nothing came by TCP.',
    missing: 'GET of the boot script',
    cause:
      'A firewall, of this server or between, drops TCP port {port} (Connection timed out on the machine’s screen), or the address is of a subnet that has no way here.',
    remedy: [
      'Let TCP port {port} through to this server; ./eims doctor names rules of its own that drop it.',
      'From the LAN, try: curl {url}',
    ],
  },
  'tls-failed': {
    verdict: 'trouble',
    certainty: 'likely',
    says: 'iPXE could not reach the server by HTTPS: {reason}.',
    missing: 'a TLS connection that it trusts',
    cause: 'The certificate is of another CA or for another name than the machine was told, or its clock is far off.',
    remedy: [
      'Set the machine’s clock in its firmware.',
      'Compare the CA’s fingerprint in ./eims site show with what serves; no other server may answer for this one.',
      'To go on without TLS: ./eims site set --https off',
    ],
  },
  'script-failed': {
    verdict: 'trouble',
    certainty: 'likely',
    says: '{reason}.',
    missing: 'the machine’s own boot script',
    cause: 'The server was starting, or the connection broke.',
    remedy: ['It asks again by itself; if it goes on, look at this server’s log.'],
  },
  'download-failed': {
    verdict: 'trouble',
    certainty: 'likely',
    says: '{reason}.',
    missing: 'the file as a whole',
    cause: 'The connection broke, or the machine has too little memory for it (initrd {initrd}, memory {memory}).',
    remedy: [
      'The page that the message names says what iPXE met; “out of memory” needs more memory or a UEFI boot.',
      'Look at the cable and the switch port’s error counters.',
    ],
  },
  'kernel-refused': {
    verdict: 'trouble',
    certainty: 'likely',
    says: 'It has kernel and initrd, and could not start them: {reason}.',
    missing: 'the start of the Micro-OS',
    cause: 'Secure Boot refuses the kernel, which an iPXE of your own started, or the memory ({memory}) is too small.',
    remedy: ['Let it have Debian’s signed chain: ./eims site set --secure-boot on', 'Give it at least 1 GB of memory.'],
  },
  'kernel-not-trusted': {
    verdict: 'trouble',
    certainty: 'likely',
    says: 'It was sent the kernel whole, and did not start it: {reason}.',
    missing: 'the start of the Micro-OS',
    cause:
      'Secure Boot is on, and this is not the kernel that Debian signed: it was changed on this server or on the way, or another server gave it. Or GRUB had no room for it.',
    remedy: [
      'Let ./eims doctor compare the server’s files with their digests. Remove what it names, and ./eims prepare lays it anew.',
      'If they are as they were made: somebody on this LAN answers in the server’s place.',
    ],
  },
  'runtime-failed': {
    verdict: 'trouble',
    certainty: 'likely',
    says: 'It started the Micro-OS, which has no runtime yet: {reason}.',
    missing: 'the runtime of the Micro-OS',
    cause:
      'Refused: a mirror or something between changes what it passes on, or a file of this server is damaged. Missing: the Micro-OS was made anew more than once since the machine fetched its initrd.',
    remedy: [
      'It goes on asking by itself, the other sources as well, and starts again when no server has it.',
      './eims doctor says whether the files here are whole; ./eims site show names the mirrors.',
    ],
  },
  'database-down': {
    verdict: 'trouble',
    certainty: 'certain',
    says: 'When it asked what to boot, this server’s database did not answer; so nothing is installed.',
    cause: 'The database was down or unreachable then.',
    remedy: ['It asks again by itself every 15 s. ./eims doctor shows whether the database answers.'],
  },
  'disk-full': {
    verdict: 'trouble',
    certainty: 'certain',
    says: 'When it asked what to boot, the disk of this server or of its database was full; so nothing is installed.',
    cause: 'There was no room to note the start of an installation.',
    remedy: ['Make room there; it asks again by itself every 15 s. ./eims doctor shows how much is free.'],
  },
  'waits-in-firmware': {
    verdict: 'waiting',
    certainty: 'certain',
    says: 'It waits in its firmware and asks again every 15 s: {reason}.',
    cause: 'There is nothing that it could be started with.',
    remedy: ['Build the missing Micro-OS (./eims prepare), or mend what the reason names.'],
  },
  refused: {
    verdict: 'waiting',
    certainty: 'certain',
    says: 'It was refused: {reason}.',
    cause: 'The registry or the site’s policy says so.',
    remedy: [
      'Register it (./eims nodes add NAME --mac {mac}), or change the policy: ./eims site set --unknown hold',
      'Then restart it: a machine that was refused goes on to its next boot device.',
    ],
  },
  quarantined: {
    verdict: 'waiting',
    certainty: 'certain',
    says: 'It is quarantined: {reason}.',
    cause: 'What it says of itself belongs to several machines of the registry, or to none.',
    remedy: [
      'Compare serial, UUID and MACs on the machine’s screen with ./eims nodes show of each candidate.',
      'Correct the registry (./eims nodes delete, ./eims nodes add); the machine goes on by itself.',
    ],
  },
  'local-disk': {
    verdict: 'well',
    certainty: 'certain',
    says: '{machine} was sent to its own disk: {reason}.',
  },
  'no-kernel': {
    verdict: 'trouble',
    certainty: 'likely',
    patience: 60,
    says: 'It got its script and fetches no kernel.',
    missing: 'GET of the kernel',
    cause: 'The machine stopped in iPXE or was switched off.',
    remedy: ['Read the machine’s screen, and restart it.'],
  },
  'download-stopped': {
    verdict: 'trouble',
    certainty: 'likely',
    patience: 300,
    says: 'It began to load the {file} and asked for nothing after it.',
    missing: 'the download that follows',
    cause:
      'It was switched off meanwhile, the connection is very slow or broke, or the machine has too little memory for the file (initrd {initrd}, memory {memory}).',
    remedy: [
      'Look whether it is on, and read its screen; switched off, it begins anew when it next boots from the network.',
      'Give it at least 1 GB of memory, and look at the cable and the switch port.',
    ],
  },
  'micro-os-silent': {
    verdict: 'trouble',
    certainty: 'likely',
    patience: 180,
    says: 'It loaded the whole Micro-OS, and its agent was never heard of.',
    missing: 'the agent’s first call',
    cause:
      'The memory is too small for the unpacked initrd ({initrd} packed, memory {memory}), or the Micro-OS has no driver or no firmware file for its NIC.',
    remedy: [
      'Read the machine’s screen: the Micro-OS says there which driver or firmware file is missing.',
      'Add firmware files: ./eims prepare --firmware DIR (laid out as /lib/firmware), then restart the machine.',
      'Give it at least 1 GB of memory.',
    ],
  },
} as const satisfies Record<string, SymptomText>
