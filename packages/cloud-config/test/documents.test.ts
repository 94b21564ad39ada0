import { builtins } from '@eims/contracts'
import t from 'tap'
import { parse } from 'yaml'
import { FIRST_BOOT_SCRIPT } from '../src/first-boot-script.ts'
import { cloudInitDocuments } from '../src/index.ts'

const plain = {
  node: { name: 'pos-17', nics: [] },
  instanceId: '0193-run',
  profile: {},
  site: { httpProxy: null, noProxy: null, ntpServers: [] },
  phoneHome: { urls: ['http://192.168.77.1:7480/agent/v1/phone-home'], token: 'one-purpose-token', caPem: null },
}

/** Our entry of bootcmd as it stands in the document, with the script left to its own file; `more`: lines of the settings. */
const bootcmd = (caPem: string, more: string) => `bootcmd:
  - |
    mkdir -p -m 700 /run/eims
    cat >/run/eims/first-boot.py <<'END-OF-SCRIPT'
${FIRST_BOOT_SCRIPT.replace(/^(?=.)/gm, ' '.repeat(4))}    END-OF-SCRIPT
    cat >/run/eims/first-boot.json <<'END-OF-SETTINGS'
    {
      "instanceId": "0193-run",
      "urls": [
        "http://192.168.77.1:7480/agent/v1/phone-home"
      ],
      "token": "one-purpose-token",
      "caPem": ${caPem},
${more}
    }
    END-OF-SETTINGS
    python3 /run/eims/first-boot.py begin
`
const CA = String.raw`"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"`
const SECRETS = `      "secrets": [
        "$6$salt$hash-of-it"
      ],
      "powerState": {
        "mode": "reboot",
        "delay": 5
      }`
const DONE = `  - - touch
    - /run/eims/commands-done
`

await t.test('the least: a host name and the unit that reports', async (t) => {
  const documents = cloudInitDocuments(plain)
  t.equal(documents.metaData, 'instance-id: 0193-run\nlocal-hostname: pos-17\n')
  t.equal(
    documents.userData,
    `#cloud-config
hostname: pos-17
manage_etc_hosts: localhost
${bootcmd('null', '      "secrets": []')}runcmd:
${DONE}`,
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
          passwordHash: '$6$salt$hash-of-it',
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
bootcmd: [touch /early]
power_state: {mode: reboot, delay: 5}
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
    hashed_passwd: $6$salt$hash-of-it
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
  - path: /etc/systemd/timesyncd.conf.d/50-site.conf
    content: |
      [Time]
      NTP=192.168.77.1 ntp.example
  - path: /etc/chrony/sources.d/site.sources
    content: |
      server 192.168.77.1 iburst
      server ntp.example iburst
  - path: /etc/motd
    permissions: 420
    content: "yes"
runcmd:
  - systemctl try-restart systemd-timesyncd.service chrony.service 2>/dev/null || true
  - - touch
    - /marker
${DONE}${bootcmd(CA, SECRETS)}  - touch /early
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
    '\nusers:\n  - name: ops\n    shell: /bin/bash\n    sudo: ALL=(ALL) NOPASSWD:ALL\n    lock_passwd: true\nbootcmd:',
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
  // cloud-init before 23.1 puts all of them into one file, of which Debian takes the first
  const { write_files: files } = parse(userData) as { write_files: unknown }
  t.strictSame(files, [
    { path: '/usr/local/share/ca-certificates/site-orchestrator-ca-1.crt', content: pem('QUFB') },
    { path: '/usr/local/share/ca-certificates/site-orchestrator-ca-2.crt', content: pem('QkJC') },
  ])
})

await t.test(
  'an immutable OS is asked for nothing below /usr: its certificates go where it may have them',
  async (t) => {
    const orchestratorCa = '-----BEGIN CERTIFICATE-----\nQUFB\n-----END CERTIFICATE-----\n'
    const { userData } = cloudInitDocuments({
      ...plain,
      profile: { type: 'immutable' },
      site: { ...plain.site, orchestratorCa },
    })
    const config = parse(userData) as { ca_certs?: unknown; write_files: unknown; runcmd: unknown[] }
    t.equal(config.ca_certs, undefined)
    t.strictSame(config.write_files, [
      { path: '/etc/pki/ca-trust/source/anchors/site-orchestrator-ca-1.pem', content: orchestratorCa },
    ])
    t.match(config.runcmd[0], /^update-ca-trust extract && .* \|\| echo /)
  },
)
