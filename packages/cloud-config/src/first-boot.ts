import type { UnitFile } from '@eims/contracts'
import { FIRST_BOOT_SCRIPT } from './first-boot-script.ts'
import type { PowerState } from './profile-part.ts'

/** Gone at each shutdown, and written anew by each boot's bootcmd: a power cut leaves no empty file there. */
const HERE = '/run/eims'

export interface PhoneHomeInput {
  /** the run's id, sent back in the report */
  instanceId: string
  /** full URLs of POST /agent/v1/phone-home, the preferred server first; empty: there is nobody to report to */
  urls: string[]
  /** one-purpose bearer token */
  token: string
  /** the site's CA, or null while the site speaks plain HTTP */
  caPem: string | null
}

/** A unit that keeps nothing of ours once it is RUNNING, but for the file `unit` in /var/lib/eims/unit.json, if there is one. */
export interface Standalone {
  unit: UnitFile | null
}

/** What the first boot does at its end: `powerState` when the report was accepted; `secrets` are erased then. */
interface FirstBootInput extends PhoneHomeInput {
  powerState: PowerState | undefined
  secrets: string[]
  standalone?: Standalone | undefined
}

/**
 * The part of a cloud-config that sees the first boot through and makes the installed OS report itself. All of it is in
 * bootcmd, which runs at every boot, before everything that is done once, from a seed that no power cut of the OS touches.
 */
export function firstBootConfig(input: FirstBootInput) {
  const { instanceId, urls, token, caPem, powerState, secrets, standalone } = input
  const settings = {
    instanceId,
    urls,
    token,
    caPem,
    secrets,
    ...(powerState ? { powerState } : {}),
    ...(standalone ? { standalone: true, ...(standalone.unit ? { unit: standalone.unit } : {}) } : {}),
  }
  return {
    bootcmd: [
      `mkdir -p -m 700 ${HERE}
cat >${HERE}/first-boot.py <<'END-OF-SCRIPT'
${FIRST_BOOT_SCRIPT}END-OF-SCRIPT
cat >${HERE}/first-boot.json <<'END-OF-SETTINGS'
${JSON.stringify(settings, null, 2)}
END-OF-SETTINGS
python3 ${HERE}/first-boot.py begin
`,
    ],
  }
}

/** The last of all commands: a `reboot` among them returns at once, and what comes after it still runs. */
export const commandsDone = { runcmd: [['touch', `${HERE}/commands-done`]] }
