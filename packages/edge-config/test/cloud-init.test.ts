import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cloudConfigText, type Facts, renderConfig } from '../src/index.ts'
import { argumentsOf, firstBoot, merged, networkFiles, type Release } from './k3s-node.ts'
import { block, CA, SECOND_CA } from './support/certificates.ts'
import { configOf, system } from './support/config.ts'

// What a config-file becomes is what cloud-init of Debian 12 and 13 takes: by its schema, its files, its script of commands and
// its network.

const RELEASES: Release[] = ['bookworm', 'trixie']
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPMBTHrMgVsKiJyrZKoIWwDOPmlN7BpCPqpaXDm9obs6'
const MAC = '52:54:00:00:00:01'
const nic = { name: 'eth0', mac: MAC, driver: 'igb', link: true, speed: 1000, boot: true }
const facts: Facts = { nodeName: 'pos-17', nics: [nic], imageType: 'mutable', account: null, siteProxy: null }
const rendered = renderConfig(
  configOf(
    `${system(`users: [{username: root, plainPassword: a}, {username: edge, groups: [adm], sudo: false}]
sshKey: ${KEY}
proxy: {httpProxy: "http://proxy:3128", noProxy: .corp}
network: {address: 192.168.1.24/24, gateway: 192.168.1.1, dnsServers: [192.168.1.1]}
aptMirror: http://mirror.corp/debian
ntpServers: [ntp.corp]
caCertificates:
  - ${block(CA + SECOND_CA, 4)}ssh: {enabled: true, passwordAuthentication: false}
services: {enable: [docker]}
installer: {script: "#!/bin/bash\\necho 'Grüße'\\n", timeoutMinutes: 5}
files:
  - {path: /etc/environment, append: true, content: "SITE=7\\n"}
  - {path: /etc/motd, encoding: base64, content: SGVsbG8K, permissions: "0600"}
commands: {before: [". /etc/environment; echo before $SITE >>/opt/called"], after: [[sh, -c, echo after >>/opt/called]]}
`)}kubernetes:
  access:
    oidc: {issuerUrl: https://idp.example.com, clientId: k3s, usernamePrefix: "-"}
    users: [{name: anna, role: view, namespace: apps}]
`,
  ),
  facts,
)

for (const release of RELEASES)
  await t.test(release, async (t) => {
    const root = join(t.testdir({}), release)
    mkdirSync(root)
    const { called } = await firstBoot(root, release, cloudConfigText(rendered))
    const read = (path: string) => readFileSync(join(root, path), 'utf8')
    t.match(read('etc/environment'), /^http_proxy="http:\/\/proxy:3128"\n[\s\S]*\nSITE=7\n$/)
    t.match(
      read('etc/systemd/system/containerd.service.d/50-site-proxy.conf'),
      /^\[Service\]\nEnvironment="http_proxy=/,
    )
    t.equal(read('etc/motd'), 'Hello\n')
    t.equal(read('var/lib/eims/installer/script'), "#!/bin/bash\necho 'Grüße'\n")
    t.equal(statSync(join(root, 'var/lib/eims/installer/script')).mode & 0o777, 0o700)
    t.match(read('etc/systemd/system/eims-installer.service'), /run\.py 5$/m)
    t.equal(read('run/mirrors'), 'http://mirror.corp/debian http://mirror.corp/debian-security')
    t.match(read('etc/systemd/timesyncd.conf.d/50-site.conf'), /NTP=ntp.corp/)
    const order = [
      'systemctl daemon-reload',
      'systemctl start eims-installer.service',
      'systemctl enable --now docker',
      'before 7',
      'install.sh',
      'after',
    ]
    const lines = called.split('\n')
    const found = order.map((begin) => lines.findIndex((line) => line.startsWith(begin)))
    t.strictSame(
      found,
      found.toSorted((a, b) => a - b),
      called,
    )
    t.notOk(found.includes(-1), called)
    t.equal(read('usr/local/share/ca-certificates/site-ca-1.crt'), CA, 'one a file, before they are taken in')
    t.equal(read('usr/local/share/ca-certificates/site-ca-2.crt'), SECOND_CA)
    t.match(called, /^update-ca-certificates$/m)
    t.strictSame(argumentsOf(merged(join(root, 'opt/seen'))['kube-apiserver-arg']), {
      'anonymous-auth': ['true'],
      'tls-cipher-suites': [argumentsOf(merged(join(root, 'opt/seen'))['kube-apiserver-arg'])['tls-cipher-suites']![0]],
      'oidc-issuer-url': ['https://idp.example.com'],
      'oidc-client-id': ['k3s'],
      'oidc-username-prefix': ['-'],
    })
    t.match(read('var/lib/rancher/k3s/server/manifests/site-access.yaml'), /^kind: RoleBinding$/m)
    t.match(called, /no_proxy=.*192\.168\.1\.24.*10\.42\.0\.0\/16.*\.svc/)

    for (const renderer of ['eni', 'netplan'] as const) {
      const folder = join(root, renderer)
      mkdirSync(folder)
      const text = await networkFiles(folder, release, rendered.networkConfig ?? {}, { mac: MAC, renderer })
      for (const word of ['192.168.1.24', '192.168.1.1']) t.match(text, word, renderer)
      const gateway = {
        eni: /gateway 192\.168\.1\.1|default gw 192\.168\.1\.1/,
        netplan: /via: 192\.168\.1\.1/,
      }
      t.match(text, gateway[renderer], text)
    }
  })
