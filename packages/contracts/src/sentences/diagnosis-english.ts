import { NO_REASON } from '../say.ts'

/** Seconds for a sentence: `4 s`, `3 min`, `2 h 10 min`, `3 days`. */
export function span(seconds: number, days = (count: number) => `${count} days`): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 120) return `${whole} s`
  const minutes = Math.round(whole / 60)
  if (minutes < 120) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours >= 48) return days(Math.floor(hours / 24))
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
}

/** What a diagnosis says beside the rows of its table: figures, what is under way, and what to do where that depends on what was seen. */
export const diagnosisEnglish = {
  'figure.span': ({ seconds }: { seconds: number }) => span(seconds),
  'figure.ago': ({ seconds }: { seconds: number }) => `${span(seconds)} ago`,
  'figure.megabytes': ({ bytes }: { bytes: number }) => `${Math.round(bytes / 1e6)} MB`,

  'diagnosis.last-heard': '{says} Last heard {ago}.',
  'diagnosis.again-and-again': '{says} It tries again and again; last heard {ago}.',
  'diagnosis.under-way': '{done}; last heard {ago}.',
  'diagnosis.before': '{ago}: {says}',

  'done.boots': 'It boots',
  'done.asked-without-database': 'The database did not answer when it asked what to boot',
  'done.asked-on-full-disk': 'The disk was full when it asked what to boot',
  'done.micro-os': 'It has loaded the Micro-OS and starts it',
  'done.loads': 'It loads the {file}',
  'done.script': 'It got its boot script',
  'done.address-and-script': 'iPXE has an address and was told where its script is',
  'done.told-script': 'iPXE was told where its script is',
  'done.first-script': 'iPXE has started and read its first script',
  'done.read': 'It read the boot file {file}',
  'done.told-file': 'It was told to load {file}',
  'done.took-offer': 'It took the offer of {server}',
  'done.asks-address': 'It asks for an address',

  'seen.no-reason': NO_REASON,
  'seen.denied': 'denied',
  'seen.policy-denied': 'its netboot policy says denied',
  'seen.times': '{reason} ({count} times)',
  'seen.candidates': '{reason} (candidates: {candidates})',
  'seen.ipxe-silent': ', and no more {file} before it, which is iPXE',
  'seen.once': 'once',
  'seen.count': '{count} times',
  'seen.gave-another': ' The DHCP server {address} gave one to another machine {ago}.',
  'seen.any-interface': 'any interface',
  'seen.since-start': 'in the {span} since this server listens',
  'seen.size-unknown': 'of unknown size',
  'seen.memory-unknown': 'not known yet',
  'seen.port-unknown': 'of the script’s address',
  'seen.its-boot-file': 'its boot file',
  'seen.the-script': 'the boot script',
  'seen.a-dhcp-server': 'a DHCP server',
  'seen.another-server': 'another server',
  'seen.next-action': 'its next action',
  'seen.last-action': 'its last action',
  'seen.one-of-them': 'one of them',
  'seen.action-at': '{action}, {percent} % done',
  'seen.provisioned': 'provisioned',
  'seen.stranger': '{mac} ({ago})',

  'heard.to-server': '{asked}, to the server {server}',
  'heard.through-relay': '{asked}, through the relay {relay}',
  'heard.asked-boot': 'asked what to boot',
  'answered.nothing': 'nothing: {reason}',

  'remedy.strangers':
    'Heard meanwhile, and of no node: {strangers}. If it is one of these, correct its MAC: ./eims nodes set {node} --mac MAC',
  'remedy.strangers-ask':
    'Heard meanwhile, and of no node: {strangers}. If it is one of these, ask for that: ./eims nodes explain MAC',
  'remedy.overwrite': 'To have that disk overwritten: ./eims nodes adopt {node} --profile PROFILE',
  'remedy.adopt': 'To install it: ./eims nodes adopt {node} --profile PROFILE',
  'remedy.give-profile': 'Give it one: ./eims nodes set {node} --profile PROFILE',
  'remedy.image-converting': 'Nothing: it goes on when the image is ready. ./eims images list shows it.',
  'remedy.image-failed':
    'Add a whole image (./eims images add) and give it to the profile: ./eims profiles set PROFILE --image NAME',
  'remedy.other-architecture': 'Give it a profile of its architecture: ./eims nodes set {node} --profile PROFILE',
  'remedy.provision': 'To install it: ./eims nodes provision {node}',
  'remedy.resume': 'To let it go on: ./eims nodes resume {node}',
  'remedy.resume-when-done': 'When that is done: ./eims nodes resume {node}. To give it up: ./eims nodes cancel {node}',
  'remedy.backs-off': 'Nothing: it is tried again by itself. To give it up: ./eims nodes cancel {node}',
  'remedy.image-away': 'It goes on by itself when the image can be had. To give it up: ./eims nodes cancel {node}',
  'remedy.allow': 'To let it: ./eims nodes set {node} --netboot allowed',
  'remedy.allow-install': 'To have it installed: ./eims nodes set {node} --netboot allowed',
  'remedy.forget': 'If it is another machine: ./eims nodes forget {node}',
  'remedy.give-serial':
    'If it is {node}: give that node its serial or UUID (./eims nodes set {node} --serial S --uuid U)',
  'remedy.set-maker': 'If it is {node}: ./eims nodes set {node} --manufacturer "{said}"',
  'remedy.add-other': 'If it is another machine: ./eims nodes add NAME --serial "{serial}" --manufacturer "{said}"',
  'remedy.firmware-full':
    'In its firmware’s setup delete boot entries that lead nowhere, or load the defaults; some free the room only when restarted. Then: ./eims nodes retry {node}',
  'remedy.workflow-mistakes': '{remedy} All of them: ./eims workflows render {workflow} --node {node}',
  'remedy.workflow-disabled': 'Mend the template, then: ./eims workflows set {workflow} --file FILE',
  'remedy.add-image': 'Add it: {command}',
  'remedy.workflow-image-unsure':
    'Write the SHA256 of the file in the template: ./eims workflows set {workflow} --file FILE',
  'remedy.workflow-image-kind':
    'Have the template take it by {action} (./eims workflows set {workflow} --file FILE), or delete image {image} and add the right one',
  'remedy.image-kind': 'Name another image: ./eims profiles set {profile} --image IMAGE',
  'remedy.config-needs-k3s':
    'Name an image with K3s (./eims profiles set {profile} --image IMAGE), write kubernetes: none, or say what is in this one: ./eims images set {image} --k3s-version V',
  'remedy.config-needs-mutable':
    'Leave operatingSystem.installer out (./eims nodes config {node} tells which config-file has it), or give it another profile: ./eims nodes set {node} --profile PROFILE',
  'remedy.workflow-image-failed':
    'Remove it (./eims images delete {image}) to have it fetched anew, or add it from elsewhere with --source-url',
  'remedy.workflow-image-other':
    "Mend the checksum of one of them: the template's (./eims workflows set {workflow} --file FILE), or delete image {image} and add it again",
} as const
