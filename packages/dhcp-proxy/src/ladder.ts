import { type BootArchitecture, chooseBinary } from './architectures.ts'
import type { Client } from './client.ts'
import type { Settings } from './settings.ts'

/** What is known of a machine besides its packet. */
export type Facts = {
  /** it fetched one of our iPXE binaries by TFTP a moment before, so what speaks now is that binary */
  chainedRecently: boolean
}

/** The rung a machine stands on: plain firmware gets our iPXE, a foreign iPXE may get it, an iPXE gets the script. */
export type Rung =
  | { ok: true; step: 'firmware' | 'chain'; file: string; firmware: BootArchitecture['firmware'] }
  | { ok: true; step: 'script'; file: string }
  | { ok: false; reason: string }

/**
 * The ladder, from top to bottom; the first row that fits counts:
 *
 *   user class is ours                                     -> script
 *   iPXE, fetched our binary a moment before               -> script   (a chained stock iPXE keeps class `iPXE`)
 *   iPXE, policy `always`, or `auto` and it has no HTTP    -> our binary by TFTP (script, if there is none for it)
 *   iPXE                                                   -> script
 *   other firmware                                         -> our binary by TFTP
 *
 * A binary is named `<mac with hyphens>/<binary>`, so that TFTP knows whose read request it sees; current iPXE then
 * asks for `<mac with hyphens>/autoexec.ipxe`.
 */
export function rungOf(client: Client, settings: Settings, facts: Facts): Rung {
  const script: Rung = { ok: true, step: 'script', file: settings.scriptUrl }
  if (client.userClasses.includes(settings.userClass)) return script
  if (client.ipxe) {
    if (facts.chainedRecently) return script
    if (settings.chainRomIpxe === 'auto' && client.ipxe.http) return script
  }
  const choice = chooseBinary(client.archs, settings.binaryFor ?? {})
  if (!choice.ok) return client.ipxe ? script : choice
  const file = `${client.mac.replaceAll(':', '-')}/${choice.binary}`
  return { ok: true, step: client.ipxe ? 'chain' : 'firmware', file, firmware: choice.firmware }
}
