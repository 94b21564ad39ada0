import { builtins } from '@eims/contracts'
import t from 'tap'
import { cloudInitDocuments } from '../src/index.ts'
import { PHONE_HOME_SCRIPT } from '../src/phone-home-script.ts'

const plain = {
  node: { name: 'pos-17' },
  instanceId: '0193-run',
  profile: {},
  site: { httpProxy: null, noProxy: null, ntpServers: [] },
  phoneHome: { urls: ['http://192.168.77.1:7480/agent/v1/phone-home'], token: 'one-purpose-token', caPem: null },
}

/** The script as it stands in the document, so that the rest of the document can be a literal here. */
const indented = PHONE_HOME_SCRIPT.replace(/^(?=.)/gm, ' '.repeat(6))

const UNIT = `  - path: /etc/systemd/system/eims-phone-home.service
    permissions: "0644"
    content: |
      [Unit]
      Description=Report the first boot to the provisioning server
      After=cloud-final.service network-online.target
      Wants=network-online.target
      ConditionPathExists=/var/lib/eims/phone-home.json

      [Service]
      ExecStart=/usr/bin/env python3 /var/lib/eims/phone-home.py
      StandardOutput=journal+console

      [Install]
      WantedBy=cloud-init.target
`

await t.test('the least: a host name and the unit that reports', async (t) => {
  const documents = cloudInitDocuments(plain)
  t.equal(documents.metaData, 'instance-id: 0193-run\nlocal-hostname: pos-17\n')
  t.equal(
    documents.userData,
    `#cloud-config
hostname: pos-17
manage_etc_hosts: localhost
write_files:
  - path: /var/lib/eims/phone-home.json
    permissions: "0600"
    content: |
      {
        "instanceId": "0193-run",
        "urls": [
          "http://192.168.77.1:7480/agent/v1/phone-home"
        ],
        "token": "one-purpose-token",
        "caPem": null
      }
  - path: /var/lib/eims/phone-home.py
    permissions: "0700"
    content: |
${indented}${UNIT}runcmd:
  - - systemctl
    - daemon-reload
  - - systemctl
    - enable
    - eims-phone-home.service
  - - systemctl
    - start
    - --no-block
    - eims-phone-home.service
`,
  )
  t.equal(documents.vendorData, '')
  t.equal(documents.networkConfig, '')
  t.ok(builtins.seed.arguments.safeParse(documents).success, 'they are the arguments of the builtin `seed`')
})

await t.test(
  'everything: account, proxy, time servers, CA, and the profile’s own cloud-config after ours',
  async (t) => {
    const { userData } = cloudInitDocuments({
      ...plain,
      profile: {
        account: {
          userName: 'ops',
          sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 bench@warehouse'],
          passwordHash: '$6$salt$hash',
        },
        cloudConfig: `#cloud-config
# a comment of theirs
timezone: Europe/Berlin
hostname: theirs
users:
  - {name: support, shell: /bin/sh}
apt: {conf: 'APT::Install-Recommends "0";'}
write_files:
  - {path: /etc/motd, permissions: 0644, content: "yes"}
package_update: no
runcmd:
  - [touch, /marker]
`,
      },
      site: { httpProxy: 'http://proxy:3128', noProxy: '192.168.77.0/24', ntpServers: ['192.168.77.1', 'ntp.example'] },
      phoneHome: { ...plain.phoneHome, caPem: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' },
    })
    t.equal(
      userData,
      `#cloud-config
hostname: theirs
manage_etc_hosts: localhost
users:
  - name: ops
    shell: /bin/bash
    sudo: ALL=(ALL) NOPASSWD:ALL
    lock_passwd: false
    hashed_passwd: $6$salt$hash
    ssh_authorized_keys:
      - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 bench@warehouse
  - name: support
    shell: /bin/sh
apt:
  http_proxy: http://proxy:3128
  https_proxy: http://proxy:3128
  conf: APT::Install-Recommends "0";
write_files:
  - path: /etc/environment
    append: true
    content: |
      http_proxy="http://proxy:3128"
      HTTP_PROXY="http://proxy:3128"
      https_proxy="http://proxy:3128"
      HTTPS_PROXY="http://proxy:3128"
      no_proxy="192.168.77.0/24"
      NO_PROXY="192.168.77.0/24"
  - path: /etc/systemd/timesyncd.conf.d/50-eims.conf
    content: |
      [Time]
      NTP=192.168.77.1 ntp.example
  - path: /etc/chrony/sources.d/eims.sources
    content: |
      server 192.168.77.1 iburst
      server ntp.example iburst
  - path: /var/lib/eims/phone-home.json
    permissions: "0600"
    content: |
      {
        "instanceId": "0193-run",
        "urls": [
          "http://192.168.77.1:7480/agent/v1/phone-home"
        ],
        "token": "one-purpose-token",
        "caPem": "-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\\n"
      }
  - path: /var/lib/eims/phone-home.py
    permissions: "0700"
    content: |
${indented}${UNIT}  - path: /etc/motd
    permissions: 420
    content: "yes"
runcmd:
  - systemctl try-restart systemd-timesyncd.service chrony.service 2>/dev/null || true
  - - systemctl
    - daemon-reload
  - - systemctl
    - enable
    - eims-phone-home.service
  - - systemctl
    - start
    - --no-block
    - eims-phone-home.service
  - - touch
    - /marker
timezone: Europe/Berlin
package_update: false
`,
    )
  },
)

await t.test('an account without a password is locked', async (t) => {
  const { userData } = cloudInitDocuments({ ...plain, profile: { account: { userName: 'ops', sshKeys: [] } } })
  t.match(
    userData,
    '\nusers:\n  - name: ops\n    shell: /bin/bash\n    sudo: ALL=(ALL) NOPASSWD:ALL\n    lock_passwd: true\nwrite_files:',
  )
})

await t.test('the orchestrator’s certificates are trusted by the OS, each by itself', async (t) => {
  const pem = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`
  const { userData } = cloudInitDocuments({
    ...plain,
    site: { ...plain.site, orchestratorCa: pem('QUFB') + pem('QkJC') },
  })
  t.match(
    userData,
    `ca_certs:
  trusted:
    - |
      -----BEGIN CERTIFICATE-----
      QUFB
      -----END CERTIFICATE-----
    - |
      -----BEGIN CERTIFICATE-----
      QkJC
      -----END CERTIFICATE-----
`,
  )
})
