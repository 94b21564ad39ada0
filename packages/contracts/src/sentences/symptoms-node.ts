import type { SymptomText } from './symptom-text.ts'

/** From the agent on: what the registry knows. */
export const nodeSymptoms = {
  untrusted: {
    verdict: 'waiting',
    certainty: 'certain',
    says: '{machine} is marked as untrusted, so it gets nothing.',
    remedy: ['Find out why it was marked; removed and registered anew (./eims nodes delete, nodes add) it is trusted.'],
  },
  claimed: {
    verdict: 'waiting',
    certainty: 'certain',
    says: 'A machine that could be {machine} is quarantined: {reason}.',
    missing: 'identifiers that name one node',
    cause:
      'The registry has a MAC, serial or UUID of this machine at another node: a wrong row, a swapped board, or a dock or adapter that travels.',
    remedy: [
      'Compare serial, UUID and MACs on the machine’s screen with ./eims nodes show of each node that the sentence names.',
      'Correct the wrong one (./eims nodes set NODE --serial, --uuid or --mac), or make two that are one machine one: ./eims nodes merge --help. The machine goes on by itself.',
    ],
  },
  twin: {
    verdict: 'waiting',
    certainty: 'certain',
    says: 'A second machine goes by the name of {node}: {reason}.',
    missing: 'a person’s word which of the two is the node',
    cause: 'Boards with one serial and UUID (cloned, or never filled in), or somebody who knows the serial.',
    remedy: [
      'If one of them is {node}: ./eims nodes claim {node} --mac MAC --reason TEXT, with a MAC of that one; the other gets nothing.',
      'If both are to be installed, neither serial nor UUID tells them apart: ./eims site set --shared VALUE for each that they share; then every machine with it is known by its MACs.',
    ],
  },
  'report-refused': {
    verdict: 'trouble',
    certainty: 'certain',
    says: 'What was said in the name of {machine} was refused {ago}: {reason}.',
    missing: 'a word of the machine that this server waits for',
    cause:
      'The machine goes on with what is over: an action that another boot took up, or an OS whose installation was begun again.',
    remedy: [
      'Restart it from the network: it then gets what holds now.',
      'If that is another machine, take it off the LAN; ./eims nodes show {node} has the MAC in its timeline.',
    ],
  },
  onboarded: {
    verdict: 'in-progress',
    certainty: 'certain',
    says: '{machine} is in the Micro-OS, its agent was heard {ago}, and its next action is being prepared.',
  },
  'held-by-person': {
    verdict: 'waiting',
    certainty: 'certain',
    says: 'A person holds {machine}: {reason}.',
    remedy: ['To let it go on at once: ./eims nodes release {node}'],
  },
  'waits-in-micro-os': {
    verdict: 'waiting',
    certainty: 'certain',
    says: '{machine} waits in the Micro-OS: {reason}.',
    cause: 'A person has to decide.',
    remedy: ['Do what the reason names; the machine goes on by itself at once.'],
  },
  gone: {
    verdict: 'waiting',
    certainty: 'likely',
    says: '{machine} was in the Micro-OS, and its agent was last heard {ago}. It waited for this: {reason}.',
    missing: 'the next question of its agent',
    cause: 'It was switched off, restarted, or lost its network.',
    remedy: ['Do what the reason names, and restart the machine from the network.'],
  },
  installing: {
    verdict: 'in-progress',
    certainty: 'certain',
    says: '{machine} is being installed: {action}. It was heard {ago}.',
  },
  'agent-silent': {
    verdict: 'trouble',
    certainty: 'likely',
    says: 'The agent of {machine} was last heard {ago}, during: {action}.',
    missing: 'its next report',
    cause:
      'The machine lost its power or its network, a firewall drops its packets to this server’s TCP port, or it hangs.',
    remedy: [
      'Read its screen. Where “is away” stands there, it runs and does not reach this server: look at its cable, and let its TCP port through (./eims doctor names rules that drop it); it then goes on by itself.',
      'Restarted from the network it takes its run up where it was.',
    ],
  },
  cancelled: {
    verdict: 'waiting',
    certainty: 'certain',
    says: 'The run of {machine} was cancelled: {reason}.',
    remedy: ['Take it up again: ./eims nodes retry {node}'],
  },
  'no-disk': {
    verdict: 'trouble',
    certainty: 'certain',
    says: 'The installation of {machine} failed: {reason}.',
    missing: 'a disk that it may be installed on',
    cause: 'The machine has no disk that the image fits on and that the disk rules of node and profile allow.',
    remedy: [
      'Put a disk in that will do, or look at the cable, then: ./eims nodes retry {node}. ./eims nodes show {node} lists the disks that were found.',
      'Where one is missing there that is in the machine, set its firmware’s storage mode to AHCI or NVMe (no RAID, no Intel VMD).',
      'To take another disk: ./eims nodes set {node} --disk MATCH, then ./eims nodes reprovision {node} --reason TEXT',
    ],
  },
  'run-failed': {
    verdict: 'trouble',
    certainty: 'certain',
    says: 'The installation of {machine} failed: {reason}.',
    missing: 'the end of its run',
    cause: 'The action “{action}” did not succeed.',
    remedy: ['./eims nodes logs {node} tells more. When it is mended: ./eims nodes retry {node}'],
  },
  sealed: {
    verdict: 'well',
    certainty: 'certain',
    says: '{machine} is finished: {reason}.',
  },
  'first-boot': {
    verdict: 'in-progress',
    certainty: 'certain',
    says: 'The OS is on the disk of {machine}, which boots it for the first time; {due} are left for its report.',
  },
  'disk-not-booting': {
    verdict: 'trouble',
    certainty: 'likely',
    says: '{machine} was sent to its freshly written disk and keeps coming back to the network, for {span} now.',
    missing: 'the installed OS’s report',
    cause:
      'Its firmware does not boot that disk: another disk goes first, or the image suits only the other firmware (BIOS or UEFI).',
    remedy: [
      'Put the disk into the firmware’s boot order.',
      'Boot the machine in the mode (UEFI or BIOS) that the image is made for.',
    ],
  },
  'no-phone-home': {
    verdict: 'trouble',
    certainty: 'likely',
    says: 'The OS is on the disk of {machine}, and it did not report itself in time.',
    missing: 'the installed OS’s report',
    cause: 'The OS did not start, got no network, does not reach this server, or its image has no cloud-init.',
    remedy: [
      'Look at the machine’s screen: does its OS run, and has it an address?',
      'In the OS: cloud-init status --long. Then ./eims nodes reprovision {node} --reason TEXT, or a longer phone-home time in its profile.',
    ],
  },
  'os-fault': {
    verdict: 'trouble',
    certainty: 'certain',
    says: 'The OS of {machine} runs and reported a fault: {reason}.',
    cause: 'cloud-init did not come to a good end, or power was cut again and again in the first boot.',
    remedy: ['Mend the profile’s cloud-config, then: ./eims nodes reprovision {node} --reason TEXT'],
  },
  'os-alike': {
    verdict: 'trouble',
    certainty: 'certain',
    says: '{machine} runs its OS, and {reason}.',
    cause: 'The image was made of a system that had run, and carries what is to be made anew on each machine.',
    remedy: [
      'Make the image anew with an empty /etc/machine-id, without /etc/ssh/ssh_host_* and /etc/hostname (cloud-init clean --logs --machine-id does the most of it).',
      'Then, for each unit: ./eims nodes reprovision {node} --reason TEXT',
    ],
  },
  running: {
    verdict: 'well',
    certainty: 'certain',
    says: '{machine} runs its OS: {reason}.',
  },
} as const satisfies Record<string, SymptomText>
