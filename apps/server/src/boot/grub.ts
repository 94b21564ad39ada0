import { type BootDecision, say } from '@eims/contracts'
import { type DecisionScriptInput, kernelArguments } from './decision-script.ts'
import { withQuery } from './script-text.ts'

/*
 * Machines with Secure Boot come by shim and Debian's signed GRUB 2.12, which is told by configuration files what iPXE is
 * told by scripts. GRUB has no numbers to count with, and a command that fails lets the next one run. It has no error
 * numbers either, so a report says only which download failed.
 */

/** Where GRUB looks for its configuration: below the root of whatever it was loaded from. */
export const GRUB_CFG = 'grub/grub.cfg'

const TRIES = Array.from({ length: 30 }, (_, index) => index + 1).join(' ')
const FIVE = '1 2 3 4 5'

/** Text from outside between single quotes, in which nothing is a command; at most 1024 characters come out. */
const quoted = (text: string) =>
  `'${text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replaceAll("'", '')
    .slice(0, 1024)}'`

/**
 * Each word between single quotes, so that `$`, `;`, `|` and quotes are the kernel's and none of them GRUB's; a single quote
 * stands outside of them. What needs no quotes has none.
 */
const quotedWords = (text: string) =>
  text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .split(' ')
    .filter(Boolean)
    .map((word) => (/^[A-Za-z0-9_.,:=/@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ')

/** `http://192.168.77.1:7480/boot/x` as GRUB names it (grub-core/net/net.c); the query is part of the path. */
function atGrub(url: string): string {
  const { host, pathname, search } = new URL(url)
  return `(http,${host})${pathname}${search}`
}

/** The lines of a configuration file. */
const config = (...lines: string[]) => `${lines.join('\n')}\n`

/** Tells the server of a failure: what it answers is a comment. */
const report = (failedUrl: string, stage: string) =>
  `source "${atGrub(withQuery(failedUrl, `stage=${stage}&by=grub`))}"`

/**
 * grub/grub.cfg, the same for every machine: tell who you are, and do as you are told, until that is to leave. GRUB writes
 * into a URL whatever a variable holds, so a serial goes only where it needs no escaping; MAC and UUID decide without it.
 * @param decisionUrl e.g. `http://192.168.77.1:7480/boot/grub`; failures go to `failed` beside it
 */
export function grubConfig({ decisionUrl }: { decisionUrl: string }): string {
  const failedUrl = withQuery(new URL('failed', decisionUrl).href, 'mac=$net_default_mac')
  return config(
    'smbios --type 1 --get-string 7 --set serial',
    'smbios --type 1 --get-uuid 8 --set uuid',
    'set who="mac=$net_default_mac&uuid=$uuid&arch=$grub_cpu&platform=efi"',
    `if regexp '^[A-Za-z0-9._-]+$' "$serial"; then set who="$who&serial=$serial"; fi`,
    `set ask="${atGrub(decisionUrl)}?$who"`,
    // Sets `next` once it was told anything.
    'function ask {',
    `  for try in ${TRIES}; do`,
    '    set next=',
    '    source "$ask"',
    '    if [ -n "$next" ]; then return 0; fi',
    `    ${report(failedUrl, 'script')}`,
    "    echo 'eims: no boot configuration yet, asking again'",
    '    sleep 5',
    '  done',
    '  return 1',
    '}',
    'while ask; do',
    '  if [ "$next" = leave ]; then exit; fi',
    'done',
    "echo 'eims: the server does not answer, going on to the next boot device'",
    'exit',
  )
}

/** The configuration that carries a decision out; it sets `next` to `again` or `leave`. */
export function grubDecision(decision: BootDecision, input: DecisionScriptInput): string {
  const why = `echo ${quoted(`eims: ${say(decision.reason)}`)}`
  const again = (seconds: number) => ['set next=again', `sleep ${seconds}`]
  switch (decision.kind) {
    case 'provision':
      return config(
        why,
        ...microOs(kernelArguments(decision.architecture, quotedWords(decision.kernelArgs)), input),
        ...again(10),
      )
    case 'local-disk':
      return config(why, ...LOCAL_DISK, 'set next=leave')
    case 'refused':
      return config(why, 'sleep 10', 'set next=leave')
    case 'wait':
      return decision.where === 'micro-os'
        ? config(why, ...microOs(kernelArguments(decision.architecture, ''), input), ...again(10))
        : config(why, ...again(decision.retrySeconds))
  }
}

/** Kernel, initrd and the site's parameters, each tried five times, then booted. What comes after is for when that failed. */
function microOs(args: string, { kernelUrl, initrdUrl, siteCpioUrl, failedUrl }: DecisionScriptInput): string[] {
  const initrds = `initrd "${atGrub(initrdUrl)}" "${atGrub(siteCpioUrl)}"`
  return [
    ...download('kernel', `linux "${atGrub(kernelUrl)}" ${args}`, failedUrl),
    ...download('initrd', initrds, failedUrl),
    'if [ "$kernel" = done -a "$initrd" = done ]; then',
    '  boot',
    `  ${report(failedUrl, 'boot')}`,
    'fi',
  ]
}

function download(stage: 'kernel' | 'initrd', command: string, failedUrl: string): string[] {
  return [
    `set ${stage}=`,
    `for try in ${FIVE}; do`,
    `  if ${command}; then set ${stage}=done; break; fi`,
    `  ${report(failedUrl, stage)}`,
    '  sleep 3',
    'done',
  ]
}

/**
 * The disk's own loader, by the path that every installed OS has a loader at (UEFI 2.11 section 3.5.1.1). Left to itself the
 * firmware would take GRUB's end for success and stop in its menu.
 */
const LOCAL_DISK = [
  'set loader=/EFI/BOOT/BOOTX64.EFI',
  'if [ "$grub_cpu" = arm64 ]; then set loader=/EFI/BOOT/BOOTAA64.EFI; fi',
  'for disk in hd0 hd1 hd2 hd3 hd4 hd5 hd6 hd7; do',
  '  for part in gpt1 gpt2 gpt3 gpt4 msdos1 msdos2; do',
  '    if [ -f "($disk,$part)$loader" ]; then',
  // Whatever file it names, it tells the loader that it came from GRUB's root (grub-core/loader/efi/chainloader.c).
  '      set root="$disk,$part"',
  '      if chainloader "$loader"; then boot; fi',
  '    fi',
  '  done',
  'done',
]
