import { PHONE_HOME_SCRIPT } from './phone-home-script.ts'

/** /var, because an image's root and /usr may be read-only. */
const HOME = '/var/lib/eims'
const UNIT = 'eims-phone-home.service'

// Wanted by cloud-init.target and not by multi-user.target: cloud-final comes after multi-user.target, which would then
// come after this unit, which comes after cloud-final.
const UNIT_FILE = `[Unit]
Description=Report the first boot to the provisioning server
After=cloud-final.service network-online.target
Wants=network-online.target
ConditionPathExists=${HOME}/phone-home.json

[Service]
ExecStart=/usr/bin/env python3 ${HOME}/phone-home.py
StandardOutput=journal+console

[Install]
WantedBy=cloud-init.target
`

export interface PhoneHomeInput {
  /** the run's id, sent back in the report */
  instanceId: string
  /** full URLs of POST /agent/v1/phone-home, the preferred server first */
  urls: string[]
  /** one-purpose bearer token */
  token: string
  /** the site's CA, or null while the site speaks plain HTTP */
  caPem: string | null
}

/** The part of a cloud-config that makes the installed OS report itself. */
export function phoneHomeConfig({ instanceId, urls, token, caPem }: PhoneHomeInput) {
  const config = { instanceId, urls, token, caPem }
  return {
    write_files: [
      { path: `${HOME}/phone-home.json`, permissions: '0600', content: `${JSON.stringify(config, null, 2)}\n` },
      { path: `${HOME}/phone-home.py`, permissions: '0700', content: PHONE_HOME_SCRIPT },
      { path: `/etc/systemd/system/${UNIT}`, permissions: '0644', content: UNIT_FILE },
    ],
    // cloud-final, which runs this, is not over yet: waiting for the unit's start here would wait for ever.
    runcmd: [
      ['systemctl', 'daemon-reload'],
      ['systemctl', 'enable', UNIT],
      ['systemctl', 'start', '--no-block', UNIT],
    ],
  }
}
