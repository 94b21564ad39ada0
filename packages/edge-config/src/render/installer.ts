import { contentOf } from '../k3s/config.ts'
import { INSTALLER_MINUTES } from '../system/installer.ts'
import type { OperatingSystem } from '../system/operating-system.ts'
import type { Facts } from './facts.ts'
import { INSTALLER_SCRIPT } from './installer-script.ts'

const HERE = '/var/lib/eims/installer'
const BEGUN = '/run/eims-installer'

/** cloud-final.service, which waits for it, comes after network-online.target; a unit of its own has output and processes apart. */
const unit = (minutes: number) => `[Unit]
Description=Install what the config-file asks for
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
EnvironmentFile=-/etc/environment
ExecStart=/usr/bin/env python3 ${HERE}/run.py ${minutes}
TimeoutStartSec=infinity
StandardOutput=journal+console
StandardError=inherit
`

/**
 * The part of a cloud-config that runs the installer; empty where the image is immutable, which `unmetBy` tells. It is
 * waited for, so that commands and cluster find what it installs; however it ends they follow, as after any command of
 * runcmd, and the report of the first boot says that it failed.
 */
export function installerPart({ installer }: OperatingSystem, { imageType }: Pick<Facts, 'imageType'>) {
  if (!installer || imageType !== 'mutable') return {}
  const { script = '', timeoutMinutes = INSTALLER_MINUTES } = installer
  const whole = script.startsWith('#!') ? script : `#!/bin/sh\n${script}`
  return {
    write_files: [
      { path: `${HERE}/script`, permissions: '0700', ...contentOf(Buffer.from(whole)) },
      { path: `${HERE}/run.py`, permissions: '0700', content: INSTALLER_SCRIPT },
      { path: '/etc/systemd/system/eims-installer.service', content: unit(timeoutMinutes) },
    ],
    // the mark tells the report that there was to be one, also where systemd could not start it
    runcmd: [`: >${BEGUN}; systemctl daemon-reload; systemctl start eims-installer.service || true`],
  }
}
