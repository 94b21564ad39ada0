import type { SymptomText } from './symptoms.ts'

/** From the agent on: what the registry knows. */
export const nodeSymptoms = {
  untrusted: {
    verdict: 'waiting',
    certainty: 'certain',
    says: '{machine} is marked as untrusted, so it gets nothing.',
    remedy: ['Find out why it was marked; removed and registered anew (./eims nodes delete, nodes add) it is trusted.'],
  },
  onboarded: {
    verdict: 'in-progress',
    certainty: 'certain',
    says: '{machine} is in the Micro-OS, its agent was heard {ago}, and its next action is being prepared.',
  },
  held: {
    verdict: 'waiting',
    certainty: 'certain',
    says: '{machine} waits in the Micro-OS: {reason}.',
    cause: 'A person has to decide.',
    remedy: ['Do what the reason names; the machine goes on by itself at once.'],
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
    cause: 'The machine lost its power or its network, or it hangs.',
    remedy: ['Look at the machine and its cable. Restarted from the network it takes its run up where it was.'],
  },
  cancelled: {
    verdict: 'waiting',
    certainty: 'certain',
    says: 'The run of {machine} was cancelled: {reason}.',
    remedy: ['Take it up again: ./eims nodes retry {node}'],
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
    says: '{machine} was sent to its freshly written disk {count} times and comes back to the network each time.',
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
    cause: 'cloud-init did not come to a good end.',
    remedy: ['Mend the profile’s cloud-config, then: ./eims nodes reprovision {node} --reason TEXT'],
  },
  running: {
    verdict: 'well',
    certainty: 'certain',
    says: '{machine} runs its OS: {reason}.',
  },
} as const satisfies Record<string, SymptomText>
