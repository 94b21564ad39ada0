import { bytes, capital, counted } from './figures.ts'
import type { AnyReason, ReasonCode, SlotsOf } from './reason.ts'
import { configWords } from './reason-config-words.ts'
import { diskWords } from './reason-disk-words.ts'
import {
  architectureFaults,
  clashRemedies,
  finishes,
  gptFaults,
  httpsOnlyClients,
  imageFormats,
  namesOnDisk,
  tableFaults,
} from './reason-terms.ts'
import { transferWords } from './reason-transfer-words.ts'

/** A language: the sentence of every code, made of its slots. `say` speaks a reason inside of it. Another language is one more table. */
export type Words = {
  readonly [C in ReasonCode]: (slots: SlotsOf<C>, say: (reason: AnyReason) => string) => string
}

const imageKinds = { disk: 'the image of a disk', archive: 'a tar archive' } as const
const otherThan = (kind: keyof typeof imageKinds) => imageKinds[kind === 'disk' ? 'archive' : 'disk']

const kinds = { serial: 'serial', uuid: 'UUID', mac: 'MAC' } as const

const list = (disks: SlotsOf<'no-disk-fits'>['disks'], say: (reason: AnyReason) => string) =>
  disks.map(({ disk, why }) => `${disk}: ${why ? say(why) : 'would do'}`).join('; ')

const partitionOf = (disk: string, partition: number) => (partition === 0 ? disk : `Partition ${partition} of ${disk}`)

/** The words of this product, in English. A sentence has no full stop; it often stands behind a colon or in another one. */
export const english: Words = {
  told: ({ text }) => text,

  'boot-busy': () => 'more machines ask for their boot script than can be answered at once; this one asks again',
  'database-down': () => 'the database does not answer, so nothing is installed',
  'disk-full': () => 'the disk of the server is full, so nothing is installed',
  'identity-missing': () =>
    'serial, UUID and MACs of this machine are all placeholders or missing; set a serial or UUID in its firmware',
  'too-many-unregistered': ({ limit }) =>
    `nobody registered this machine, and there are ${limit} such machines already; register it, delete some of them, or raise the limit (site set --most-unknown)`,
  'identity-of-several': ({ claims }) =>
    `its identifiers name different nodes: ${claims.map(({ kind, value, node }) => `${kinds[kind]} ${value} is ${node}'s`).join(', ')}`,
  'identity-contradicts': ({ kind, value, node, other }) =>
    `its ${kinds[kind]} ${value} is ${node}'s, but ${node} has ${kinds[other.kind]} ${other.recorded}${other.maker ? ` (${other.maker})` : ''} on record, the machine says ${other.said}${kind === 'mac' ? ' (a dock or a shared network adapter?)' : ''}`,
  'identity-other-maker': ({ serial, said, claims }) =>
    `its serial ${serial} is ${claims.map(({ node, maker }) => `${node}'s, which is made by ${maker}`).join(', and ')}, the machine says ${said}; a person has to say whether it is that machine`,
  'identity-provisional': ({ kind, value, node }) =>
    `its ${kinds[kind]} ${value} is on record because the machine that is being provisioned as ${node} said so, and nothing else tells whether this is that machine`,
  twin: ({ node, serial, uuid, macs, others, how }) => {
    const ids = [serial ? `serial ${serial}` : '', uuid ? `UUID ${uuid}` : ''].filter(Boolean).join(', ')
    const mac = (list: string[]) => (list.length > 0 ? `MAC ${list.join(', ')}` : 'no MAC of its own')
    const that = {
      alive: `has ${node} and is there as well`,
      installed: `has the OS of ${node} on its disk`,
      claimed: `is ${node}, as a person said`,
      undecided: `has ${node} and was heard a moment ago; if it stays silent, this one gets it`,
    }[how]
    return `two machines say that they are ${node}${ids ? ` (${ids})` : ''}: this one with ${mac(macs)}, and the one with ${mac(others)}, which ${that}`
  },
  quarantined: ({ why, candidates, closed }, say) =>
    `quarantined: ${say(why)}${candidates.length > 0 ? ` (candidates: ${candidates.join(', ')})` : ''}${closed ? `; ${say(closed)}` : ''}`,

  'netboot-denied': ({ node }) => `${node} may not boot from the network`,
  'netboot-local': ({ node }) => `${node} is to boot its own disk`,
  untrusted: ({ node }) => `${node} is marked as untrusted`,
  deleted: ({ node }) => `${node} was removed from the registry; register it anew`,
  'https-only': ({ client }) => `this site boots over HTTPS only, ${httpsOnlyClients[client]}`,
  'runs-its-os': ({ node }) => `${node} runs its OS`,
  finished: ({ node, finish }) => `${node} ${finishes[finish]}`,
  held: ({ text }) => text,
  'run-goes-on': ({ node }) => `${node}: its run goes on`,
  'run-failed': ({ node, why }, say) => `${node} failed: ${say(why)}; retry it, or have it reprovisioned`,
  'no-run': ({ node }) => `${node} is being provisioned, but by no run; retry it, or have it reprovisioned`,
  unregistered: ({ policy }) =>
    policy && policy !== 'default-profile'
      ? `nobody registered this machine, and the site says ${policy}; register it (eims nodes add) or change the site’s policy`
      : 'nobody registered this machine, and the site has no default profile; register it (eims nodes add) or set a default profile',
  'no-profile': ({ node }) => `${node} has no profile, and the site has no default profile`,
  'other-architecture': ({ profile, wanted, has }) => `profile ${profile} is for ${wanted}, this machine is ${has}`,
  'image-converting': ({ image, profile }) => `image ${image} of profile ${profile} is still being converted`,
  'image-failed': ({ image, profile, why }, say) =>
    `image ${image} of profile ${profile} could not be converted: ${say(why)}`,
  'image-kind': ({ image, profile, kind }) =>
    `image ${image} of profile ${profile} is ${otherThan(kind)}, and the profile needs ${imageKinds[kind]}`,
  'not-asked-for': ({ profile }) => `ready for profile ${profile}; waits for: eims nodes provision`,
  ...configWords,
  'workflow-mistakes': ({ workflow, node, place, sentence, more }) =>
    `workflow ${workflow} makes no plan for ${node}: ${place}: ${sentence}${more > 0 ? ` (and ${counted(more, 'mistake')} more)` : ''}`,
  'workflow-disabled': ({ workflow, text }) => `workflow ${workflow} says that it must not run: ${text}`,
  'workflow-image-missing': ({ workflow, url }) => `workflow ${workflow} takes ${url}, which is not in the store`,
  'workflow-image-unsure': ({ workflow, url }) =>
    `workflow ${workflow} takes ${url} by a query and says no SHA-256, by which alone such files are told apart`,
  'workflow-image-other': ({ workflow, url, image, wanted, has }) =>
    `workflow ${workflow} takes ${url} with the SHA-256 ${wanted}, and image ${image} from there has ${has ?? 'none on record'}`,
  'workflow-image-kind': ({ workflow, url, image, kind }) =>
    `workflow ${workflow} takes ${url} as ${imageKinds[kind]}, and image ${image} from there is ${otherThan(kind)}`,
  'workflow-image-converting': ({ workflow, image }) =>
    `image ${image}, which workflow ${workflow} takes, is still being converted`,
  'workflow-image-failed': ({ workflow, image, why }, say) =>
    `image ${image}, which workflow ${workflow} takes, could not be converted: ${say(why)}`,
  'disk-not-blank': ({ disk, found }) =>
    `nobody registered this machine, and its disk ${disk} is not blank (${found ?? 'holds data'}); register it (eims nodes add) or wipe that disk`,
  installs: ({ profile }) => `installs profile ${profile}`,
  'no-architecture': ({ besides }, say) =>
    `${besides ? `${say(besides)}; ` : ''}its firmware does not tell its architecture`,
  'no-micro-os': ({ architecture, besides }, say) =>
    `${besides ? `${say(besides)}; ` : ''}there is no Micro-OS for ${architecture} on this server`,

  'release-first': ({ node, text }) => `${node} is held (${text}); release it first`,
  'let-it-boot-first': ({ node, why }, say) =>
    `${say(why)}; let it boot from the network first: eims nodes set ${node} --netboot allowed`,
  'run-under-way': ({ node }) => `${node} has an active run; cancel it first`,
  'has-an-instance': ({ state }) => `the node has an instance, which is ${state}; ask for retry or reprovision`,
  'never-provisioned': () => 'the node was never provisioned; ask for provision',
  'has-no-run': () => 'the node has no run',
  'waits-to-be-imaged': () => 'the node waits to be imaged again; its last run is over',
  'nobody-holds-it': ({ node }) => `nobody holds ${node}; what it waits for: eims nodes explain ${node}`,
  'registered-already': ({ node }) => `${node} is registered already`,

  'dhcp-off': () => 'DHCP is off at this site (site set --dhcp proxy)',
  'starts-from-disk': ({ why }, say) => `this machine starts from its disk: ${say(why)}`,
  'dhcp-discover-on-4011': () => 'a DISCOVER belongs on port 67, not on 4011',
  'dhcp-inform': () => 'an INFORM on port 67 is for the DHCP server of the site',
  'dhcp-no-server-named': () => 'a REQUEST that names no server (option 54) is for the one that leased',
  'dhcp-other-server': ({ server }) => `the REQUEST is for the server ${server}`,
  'dhcp-from-port-0': () => 'it was sent from port 0, which takes no reply',
  'dhcp-no-host': ({ field, address }) =>
    `${field === 'source' ? 'source address' : field} ${address} is not the address of one host`,
  'dhcp-reply-too-large': ({ bytes, room, url }) =>
    `the reply has ${bytes} bytes and the client takes ${room}; shorten the ${url} URL`,
  'http-boot-off': ({ besides }, say) =>
    besides
      ? `${say(besides)} (and UEFI HTTP boot is not served)`
      : 'UEFI HTTP boot (HTTPClient) is not served; switch the firmware to PXE boot',
  'boot-file-name': ({ file }) => `its boot file ${JSON.stringify(file)} is no plain file name`,

  'architecture-not-served': ({ number, architecture, fault }) =>
    number === null
      ? 'it lists no architecture'
      : `architecture ${number}${architecture ? ` (${architecture})` : ''} ${architectureFaults[fault]}`,
  'dhcp-malformed': ({ text }) => `the packet is no whole DHCP: ${text}`,
  'dhcp-hardware-type': ({ type, length }) =>
    `the packet says hardware type ${type} with ${length} address bytes, and Ethernet is 1 with 6`,
  'dhcp-no-architecture': () => 'the packet does not tell the architecture (option 93 is missing)',
  'dhcp-option-length': ({ option, bytes }) =>
    option === 93
      ? `option 93 (architecture) has ${bytes} bytes, not 2 for each of 1 to 32 numbers`
      : `option 97 (machine identifier) has ${bytes} bytes, not 0 or 17`,
  'dhcp-too-many': ({ perSecond }) => `more than ${perSecond} packets of this machine came within a second`,
  'dhcp-facts-late': ({ text }) => `what this machine is to get was not known in time: ${text}`,
  'dhcp-not-sent': ({ text }) => `the reply did not leave this server: ${text}`,

  ...transferWords,

  'action-failed': ({ action, why, exitCode }, say) =>
    `${action}: ${why ? say(why) : exitCode === null ? 'no reason given' : `exit code ${exitCode}`}`,
  'action-timed-out': ({ action, seconds }) => `${action}: not done within ${seconds} s`,
  'action-lost': ({ action, times }) => `${action}: it was begun ${times} times and its end was never heard of`,
  'action-not-repeatable': ({ action }) => `${action}: nobody knows how it ended, and it must not be done twice`,
  'run-timed-out': ({ seconds }) => `the run was not done within ${seconds} s`,
  'backs-off': ({ action, why, left, seconds }, say) =>
    `${action} is tried again ${seconds} s after it failed${why ? ` (${say(why)})` : ''}; attempts left: ${left}`,
  'image-away': ({ image, servers }) =>
    `the image ${image} is not on this server, ${servers.length === 0 ? 'and no other one is there' : `and not to be had of ${servers.join(', ')}`}; start the server that has it, or add the image again`,
  paused: ({ by }) =>
    `paused by ${by}; the action that is on is done to its end, and the next one waits for nodes resume`,
  'waits-for-person': ({ action, text }) => `${action}: ${text} (then: nodes resume)`,
  cancelled: ({ by }) => `cancelled by ${by}`,
  restored: ({ madeAt }) => `the registry was restored from a backup of ${madeAt}`,

  'run-over': ({ state }) => `the run is over (${state})`,
  'run-not-over': ({ state }) => `the run is not over (${state})`,
  'run-succeeded': () => 'the run succeeded; ask for reprovisioning instead',
  'run-stands-still': () => 'the run is paused already',
  'run-not-paused': () => 'the run is not paused',
  'no-such-action': ({ action, names }) => `the run cannot be taken up from ${action}; it can from ${names.join(', ')}`,
  'no-such-attempt': () => 'this run has no such attempt',
  'attempt-of-another': ({ action, attempt }) => `attempt ${attempt} of ${action} is another session’s`,
  'attempt-superseded': ({ action }) => `a newer attempt of ${action} was begun`,
  'booted-anew': () => 'the machine has booted anew, or another one has its node',
  'report-of-old-instance': () => 'the report is of an instance that has been replaced',
  'phone-home-token-old': () => 'the token is of an installation that was begun again since',
  'attempt-over': ({ action, attempt, state }) => `attempt ${attempt} of ${action} is over (${state})`,

  registered: () => 'registered',
  discovered: () => 'discovered',
  onboarded: () => 'onboarded',
  released: () => 'released',
  'split-off': ({ node }) => `split off ${node}`,
  'will-be-provisioned': () => 'will be provisioned',
  'gets-profile': ({ profile }) => `gets ${profile}`,
  provisioned: () => 'provisioned',
  'not-provisioned': () => 'not provisioned',
  'os-did-not-come-up': () => 'its OS did not come up',
  silent: ({ since }) => `not heard of since ${since ?? 'it onboarded'}`,

  'again-when-told': () =>
    'will be imaged again when it boots from the network; it boots its disk unless its firmware is told otherwise (one-time boot menu, usually F12, or its management controller)',
  'again-by-itself': () =>
    'will be imaged again when it is next switched on or restarted: its firmware boots from the network first',
  'again-by-its-own-order': () =>
    'will be imaged again when it boots from the network, at once if it waits in the Micro-OS; eims has not set the boot order of its firmware',
  'waits-to-be-provisioned': () => 'waiting to be provisioned',
  provisioning: () => 'provisioning',
  'nothing-to-do': () => 'nothing to do at the moment',
  'waits-for-its-machine': () => 'waits for the machine',
  'written-awaits-report': () => 'the OS is written; waits for it to report itself',
  'written-reports-nothing': () =>
    'the OS is written and starts; its workflow lets it report nothing, so this is the last that is heard of it',
  'written-and-sealed': () => 'the OS is written; the unit is sealed',
  'medium-installed': () => 'installed from a medium, not yet seen running',
  'medium-unfinished': () => 'its installation from a medium was begun; nobody knows how it ended',
  'os-runs': ({ os }) => `runs ${os}`,
  'os-alike': ({ kind, value, nodes }) => {
    const what = { 'machine-id': 'machine-id', 'ssh-host-key': 'SSH host key', 'host-name': 'host name' }[kind]
    return `its OS has the same ${what} (${value.length > 60 ? `${value.slice(0, 60)}…` : value}) as that of ${nodes.join(', ')}`
  },
  'no-report-in-time': () => 'the OS did not report itself in time',
  'cloud-init-failed': ({ status, errors }) =>
    `cloud-init ended as ${status}${errors.length > 0 ? `: ${errors.join('; ')}` : ''}`.slice(0, 1000),
  'first-boot-cut': ({ times }) =>
    `its first boot was cut ${times} times (power lost, or switched off in the middle), so the OS is not whole`,
  'conversion-interrupted': () => 'the server stopped during the conversion; remove the image and add it again',
  'conversion-cancelled': ({ by }) => `${by} stopped the conversion; add the image again`,
  'image-format': ({ format, remedy }) => `the file is ${imageFormats[format]}, which is not read here: ${remedy}`,
  'image-packed-twice': ({ outer, inner, remedy }) =>
    `the file is packed twice, ${inner} inside of ${outer}: ${remedy}, and add what comes out`,
  'image-disk-too-large': ({ bytes: size, limit }) =>
    size === null
      ? `the disk has more than ${limit} bytes`
      : `the image’s disk is ${size} bytes large, allowed are ${limit}`,
  'conversion-in-backup': ({ madeAt }) =>
    `the registry was restored from a backup of ${madeAt}, made while this image was converted; add it again`,
  'hold-after-restore': ({ madeAt }) =>
    `the registry was restored from a backup of ${madeAt}; release the machine if it was not installed since`,

  'no-disk-found': () => 'No disk was found in this machine',
  'no-disk-fits': ({ disks }, say) => `No disk will do. ${list(disks, say)}`,
  'several-disks-fit': ({ disks }, say) =>
    `${disks.filter(({ why }) => why === null).length} disks would do and the profile does not say which; give it disk.match or disk.prefer. ${list(disks, say)}`,
  'disk-no-medium': () => 'has no medium',
  'disk-usb': () => 'is a USB disk',
  'disk-medium': () => 'is the medium that this machine installs from',
  'disk-removable': () => 'is removable',
  'disk-read-only': () => 'is read-only',
  'disk-no-match': ({ match }) => `is not ${match}`,
  'disk-too-small': ({ bytes: needed }) => `is too small for ${bytes(needed)}`,
  'disk-too-small-for-addons': ({ bytes: needed, image, seed, addons }) =>
    `is too small: ${bytes(needed)} are needed, ${bytes(image)} for the image, ${bytes(seed)} for the seed and ${bytes(addons)} for the addons`,
  'disk-too-big': ({ bytes: most }) => `is larger than ${bytes(most)}`,
  'disk-rotation': ({ has }) =>
    ({ ssd: 'is an SSD', hdd: 'is a rotating disk', unknown: 'does not say whether it rotates' })[has ?? 'unknown'],
  'disks-alike': ({ serial, disks }) =>
    `${disks.length} disks have the serial ${serial}, so it does not say which; write the place of one into disk.match: ${disks.map(({ disk, match }) => `${match} for ${disk}`).join(', ')}`,
  'disk-used': ({ disk, found, why }, say) =>
    `${disk} is not blank (found: ${found ?? 'unknown data'}). ${capital(say(why))}`,
  'profile-keeps-disks': ({ profile }) => `profile ${profile} does not overwrite disks`,
  'nobody-registered-it': () => 'nobody registered this machine',
  'no-disk-chosen': ({ needs }) => `The plan has no ${needs} action before this one, so there is no disk to work on`,
  'chosen-disk-gone': ({ disk, serial }) =>
    `The chosen disk ${disk} (serial ${serial ?? 'unknown'}) is no longer in this machine`,
  'chosen-disk-unclear': ({ disk, disks }) =>
    `The chosen disk ${disk} may be any of ${disks.join(', ')} since the machine was restarted; retry the run from its start`,
  'disk-changed': ({ disk, found }) =>
    `${disk} is not as it was when it was chosen (found: ${found ?? 'nothing'}) and does not carry the mark of this run, so nothing was written to it; see that the disks are in their places, then retry the run from its start`,
  'other-disk-clashes': ({ disk, other, names, cannot }) => {
    return `${other} carries what the OS on ${disk} is to be found by (${namesOnDisk(names)}), so this machine could start from it instead: ${clashRemedies[cannot]}`
  },
  'other-disks-cleared': ({ disks }) =>
    `signatures were taken away, and no data, of ${disks.map(({ disk, names }) => `${disk} (${namesOnDisk(names)})`).join(' and ')}, which the new OS is found by; the log of the run says which bytes`,
  'disk-in-use': ({ disk }) => `The disk ${disk} is in use (mounted, or part of a RAID or volume group)`,
  'disk-error': ({ disk, doing, offset, text }) => {
    const what = {
      open: 'cannot be opened',
      read: `cannot be read at byte ${offset}`,
      write: `cannot be written at byte ${offset}`,
      sync: 'did not keep what was written',
    }
    return `The disk ${disk} ${what[doing]}: ${text}`
  },
  'disk-ends': ({ disk, offset, wanted }) => `The disk ${disk} ends at byte ${offset}, before ${wanted}`,
  'disk-gives-other-bytes': ({ disk, offset, of }) =>
    `The disk ${disk} does not give back ${of === 'seed' ? 'the seed' : 'what was written'} at byte ${offset}; it may be failing`,
  'image-not-whole': ({ action, told, frames }) =>
    `${action} was reported as done, but with ${told} of the image's ${frames} frames, so the image is not on the disk`,
  'image-too-large': ({ bytes: image, disk, size }) =>
    `The image has ${bytes(image)}, the disk ${disk} only ${bytes(size)}`,
  'image-of-other-architecture': ({ image, machine }) => `The image is for ${image}, this machine is ${machine}`,
  'manifest-of-other-size': ({ bytes: manifest, plan }) =>
    `The image's manifest is for ${manifest} bytes, the plan is for ${plan}`,
  'manifest-unreadable': ({ digest, text }) => `The image's manifest ${digest} is not valid: ${text}`,
  'chunk-missing': ({ chunk, tries, sources }) =>
    `Chunk ${chunk} is missing or damaged at every source (asked ${tries} times each: ${sources.join(', ')}); add the image again`,
  'chunk-damaged': ({ chunk, fault, wanted, held, text }) => {
    const what = {
      packing: `does not decompress to ${wanted} bytes`,
      size: `holds ${held} bytes, its manifest says ${wanted}`,
      digest: 'holds other bytes than its manifest says',
    }
    return `Chunk ${chunk} ${what[fault]}${text ? `: ${text}` : ''}`
  },
  'sector-size': ({ image, disk, sectorSize }) =>
    `The image is made for disks with ${image}-byte sectors, ${disk} has ${sectorSize}-byte sectors`,
  'gpt-damaged': ({ disk, fault, backup }) =>
    `The GPT on ${disk} cannot be trusted: ${gptFaults[fault]}${backup ? `; nor can its backup at the end of the disk: ${gptFaults[backup]}` : ''}`,
  'no-partition-table': () =>
    'The image has neither a GPT nor an MBR, so no partition for the cloud-init seed can be added',
  'partition-table-full': ({ table }) =>
    table === 'gpt'
      ? 'The image’s GPT has no free entry for the cloud-init seed'
      : 'The image uses all four primary partitions of its MBR, so none is left for the cloud-init seed',
  'image-fills-disk': ({ disk }) =>
    `The image fills ${disk}: there is no room behind its last partition for the cloud-init seed (4 MiB)`,
  'seed-too-large': ({ bytes: room }) =>
    `The cloud-init documents do not fit into the ${room} bytes of the CIDATA partition`,
  'no-efi-partition': () =>
    'The image has no EFI system partition, and this machine boots by UEFI; use an image for UEFI or set the firmware to BIOS',
  'no-efi-loader': ({ architecture, found }) =>
    `The image’s EFI system partition has no boot loader for ${architecture} (${found.join(', ') || 'none at all'}), so no UEFI machine could start it`,
  'no-bios-boot': () =>
    'The image has no boot code for a BIOS in its first sector; set the firmware to UEFI or use an image for BIOS',
  'only-4kn': () => 'The image is made for disks with 4096-byte sectors and is written to no other',
  'image-table-damaged': ({ fault }) => `The image’s partition table cannot be relied on: ${tableFaults[fault]}`,
  'firmware-variable': ({ variable, doing, text }) => {
    const what = {
      list: 'The firmware’s variables cannot be read',
      read: `The firmware variable ${variable} cannot be read`,
      write: `The firmware refused to set ${variable}`,
      keep: `The firmware did not keep ${variable} as it was set`,
    }
    return `${what[doing]}${text ? `: ${text}` : ''}`
  },
  'boot-entries-full': () => 'The firmware has no free boot entry',
  'firmware-full': ({ variable }) =>
    `The firmware’s memory for variables (NVRAM) is full, so ${variable} could not be set; delete boot entries in its setup that lead nowhere, or load its defaults, then retry the run`,
  'disk-not-of-this-run': ({ disk }) =>
    `${disk} does not carry the mark of this run, so nothing is changed on it; let an action that writes it come before`,
  'partition-missing': ({ disk, partition, has }) =>
    `${disk} has no partition ${partition} (it has ${has.join(', ') || 'none'}); name one of them in the workflow`,
  'os-unclear': ({ disk, partitions }) =>
    `${partitions.length === 0 ? `No partition of ${disk} holds an OS (a folder /etc with os-release or passwd)` : `The partitions ${partitions.join(' and ')} of ${disk} hold an OS each`}; name the partition in the workflow`,
  'filesystem-not-mounted': ({ disk, partition, fsType, text }) =>
    `${partitionOf(disk, partition)} cannot be mounted${fsType ? ` as ${fsType}` : ', nothing known is on it'}: ${text}`,
  'filesystem-busy': ({ disk, partition }) =>
    `${partitionOf(disk, partition)} is still in use by something that an action started`,
  'path-unusable': ({ path, at, fault }) => {
    const what = { links: 'leads through too many links', 'not-a-folder': 'is no folder', 'is-a-folder': 'is a folder' }
    return `${path} cannot be written: ${at} ${what[fault]} in the installed system`
  },
  'file-not-written': ({ path, text }) => `${path} cannot be written in the installed system: ${text}`,
  'command-failed': ({ exitCode, last }) =>
    `The command ended with exit code ${exitCode}${last ? `; the last that it said: ${last}` : ''}`,
  'program-failed': ({ program, exitCode, last }) =>
    `${program} ended with exit code ${exitCode}${last ? `: ${last}` : ''}`,
  'device-not-granted': ({ device, fault }) =>
    fault === 'missing'
      ? `This machine has no device /dev/${device}; take it from the devices of the workflow’s action`
      : `/dev/${device} is a disk, and a command gets the chosen one and no other; take it from the devices of the workflow’s action`,
  'archive-unreadable': ({ text }) => `The archive cannot be unpacked: ${text}`,
  'tool-missing': ({ tool }) =>
    `This Micro-OS does not know the tools ${tool}: it is of an earlier version; start the machine again`,
  'tool-unusable': ({ tool, text }) => `The tools ${tool} cannot be unpacked or loaded: ${text}`,
  ...diskWords,
  'action-not-here': ({ action }) => `Action ${action} is not done here: this agent does not run in the Micro-OS`,
  'action-unknown': ({ action, kind, name }) =>
    kind === 'oci'
      ? `Action ${action} wants the container image ${name}; this agent runs builtins only`
      : `Action ${action} wants the builtin ${name}, which this agent does not have`,
  'action-argument': ({ action, argument, text }) => `Action ${action} has a bad argument ${argument}: ${text}`,
  'action-stuck': ({ action, seconds }) =>
    `Action ${action} did not stop within ${seconds} s; its disk may no longer answer`,
  'action-too-long': ({ action, seconds }) => `Action ${action} took longer than its ${seconds} s`,
}
