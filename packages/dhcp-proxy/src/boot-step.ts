import { macInFileName } from './address.ts'
import { type BootFileChoice, bootArchitecture, deniedFile } from './boot-files.ts'
import { type Client, isRaspberryPi } from './client.ts'
import type { AnyReason, DhcpReason, HttpsOnly } from './dhcp-reason.ts'
import type { Settings } from './settings.ts'

/**
 * Whether the machine may boot from the network: `denied` is told so by the name of a file, which is made of `slug`,
 * `local` is not answered at all.
 */
export type Gate<R = AnyReason> =
  | { policy: 'allowed' }
  | { policy: 'denied'; reason: R; slug: string }
  | { policy: 'local'; reason: R }

/** What is known of a machine besides its packet. `R`: the reasons of the gate. */
export type Facts<R = AnyReason> = {
  /** it fetched one of our iPXE binaries by TFTP a moment before, so what speaks now is that binary */
  chainedRecently: boolean
  gate: Gate<R>
  /** the node's or its model's own boot file */
  bootFile: string | null
}

/**
 * The step of its boot that a machine is at: plain firmware gets our iPXE (`http`: its URL), a foreign iPXE may get it,
 * an iPXE gets the script. `denied`: the file is a name that says why.
 */
export type BootStep<R = AnyReason> =
  | { ok: true; step: 'firmware' | 'chain' | 'script' | 'http'; file: string; reason: null }
  | { ok: true; step: 'denied'; file: string; reason: R | HttpsOnly }
  | { ok: false; reason: DhcpReason<R> }

/** Who listens to the reply, for each wants it in a form of its own. */
export type Listener = 'ipxe' | 'uefi' | 'http' | 'raspberry-pi' | 'rom'

/**
 * Told from the packet alone, so the same at every step.
 * @param code the number of the machine's list that a file was chosen for
 */
export function listenerOf(client: Client, settings: Settings, code: number): Listener {
  if (client.ipxe !== null || client.userClasses.includes(settings.userClass)) return 'ipxe'
  if (client.kind === 'http') return 'http'
  if (isRaspberryPi(client)) return 'raspberry-pi'
  // A rule may serve a number that nobody knows; the others of the list then tell what the firmware is.
  const row = [code, ...client.archs].map(bootArchitecture).find((each) => each !== null)
  return row?.firmware.startsWith('uefi') ? 'uefi' : 'rom'
}

/**
 * The next step of a machine's boot. From top to bottom; the first row that fits counts:
 *
 *   the gate says `local`                                  -> nothing
 *   the gate says `denied`                                 -> a file name that says why
 *   user class is ours                                     -> script
 *   UEFI HTTP boot                                         -> URL of our binary
 *   iPXE, fetched our binary a moment before               -> script   (a chained stock iPXE keeps class `iPXE`)
 *   iPXE, policy `always`, or `auto` and it lacks HTTP or,
 *         on UEFI over HTTPS, the site's CA                -> our binary by TFTP (script, if there is none for it)
 *   iPXE                                                   -> script
 *   other firmware                                         -> our binary by TFTP
 *
 * Over HTTPS it is not enough to list it (Debian's undionly.kpxe does): an iPXE must have learned the site's CA, which it
 * takes from the PXE packets of who started it and never from its own offer. On a BIOS nobody leaves it such packets; on
 * UEFI ours takes them, so any other is replaced by ours. "Script" is the HTTPS one for who can have learned the CA.
 * Where the site refuses plain HTTP, whatever would end there is denied. A binary may come by plain HTTP all the same, as
 * it may by TFTP.
 * A binary is named `<mac with hyphens>/<binary>`, so that TFTP knows whose read request it sees; current iPXE then
 * asks for `<mac with hyphens>/autoexec.ipxe`.
 */
export function bootStepOf<R>(
  client: Client,
  settings: Settings,
  choice: BootFileChoice,
  { gate, chainedRecently }: Omit<Facts<R>, 'bootFile'>,
): BootStep<R> {
  if (gate.policy === 'local') return { ok: false, reason: { code: 'starts-from-disk', slots: { why: gate.reason } } }
  if (gate.policy === 'denied') return denied(client, settings, gate.reason, gate.slug)
  const ours = client.userClasses.includes(settings.userClass)
  if (ours || (client.ipxe !== null && chainedRecently)) return script(client, settings, canLearnCa(choice))
  if (client.ipxe === null) return firmware(client, settings, choice)
  const overHttps = Boolean(settings.httpsScriptUrl) && canLearnCa(choice)
  const wanted = settings.chainRomIpxe === 'always' || overHttps || !client.ipxe.http
  const useless = refusesPlainHttp(settings) && !canLearnCa(choice)
  if (!choice.ok || !wanted || useless) return script(client, settings, false)
  return { ok: true, step: 'chain', file: inFolder(client, choice.file), reason: null }
}

function script(client: Client, settings: Settings, learnedCa: boolean): BootStep<never> {
  const { scriptUrl, httpsScriptUrl } = settings
  if (!httpsScriptUrl) return { ok: true, step: 'script', file: scriptUrl, reason: null }
  const listed = client.ipxe?.https ?? false
  if (listed && learnedCa) return { ok: true, step: 'script', file: httpsScriptUrl, reason: null }
  if (!refusesPlainHttp(settings)) return { ok: true, step: 'script', file: scriptUrl, reason: null }
  return httpsOnly(client, settings, listed ? 'ipxe-without-ca' : 'ipxe-without-https')
}

function firmware(client: Client, settings: Settings, choice: BootFileChoice): BootStep<never> {
  const { httpBootUrl } = settings
  if (client.kind === 'http' && !httpBootUrl) {
    return { ok: false, reason: { code: 'http-boot-off', slots: { besides: null } } }
  }
  if (!choice.ok) return choice
  if (refusesPlainHttp(settings) && !canLearnCa(choice)) return httpsOnly(client, settings, 'bios')
  if (client.kind === 'http') return { ok: true, step: 'http', file: httpBootUrl + choice.file, reason: null }
  return { ok: true, step: 'firmware', file: inFolder(client, choice.file), reason: null }
}

function refusesPlainHttp({ httpsScriptUrl, plainHttp }: Settings): boolean {
  return Boolean(httpsScriptUrl) && plainHttp === 'refused'
}

/** Whether what a machine is sent can get to know the site's CA: on a BIOS only if the operator has built it in. */
function canLearnCa(choice: BootFileChoice): boolean {
  return (choice.ok && choice.own) || !bootArchitecture(choice.code)?.firmware.startsWith('bios')
}

function httpsOnly(client: Client, settings: Settings, which: HttpsOnly['slots']['client']): BootStep<never> {
  return denied<never>(client, settings, { code: 'https-only', slots: { client: which } }, 'https-only')
}

function denied<R>(client: Client, { httpBootUrl }: Settings, reason: R | HttpsOnly, slug: string): BootStep<R> {
  const name = deniedFile(slug)
  if (client.kind !== 'http') return { ok: true, step: 'denied', file: inFolder(client, name), reason }
  if (!httpBootUrl) return { ok: false, reason: { code: 'http-boot-off', slots: { besides: reason } } }
  return { ok: true, step: 'denied', file: httpBootUrl + name, reason }
}

function inFolder(client: Client, name: string): string {
  return `${macInFileName(client.mac)}/${name}`
}

/** Whether a listener of 64-bit UEFI or iPXE can make use of the site CA's fingerprint; `code` as for `listenerOf`. */
export function takesTrust(listener: Listener, code: number): boolean {
  if (listener === 'ipxe') return true
  if (listener !== 'uefi' && listener !== 'http') return false
  return (bootArchitecture(code)?.architecture ?? 'other') !== 'other'
}
