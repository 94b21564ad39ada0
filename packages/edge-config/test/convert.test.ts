import t from 'tap'
import { parse } from 'yaml'
import { convertConfig } from '../src/index.ts'
import { configOf, context } from './support/config.ts'

// A raw config-file, as bash and cloud-init read it, becomes YAML without loss, or each loss is told with its line.

const convert = (text: string) => {
  const { text: made, mistakes, losses } = convertConfig(text, context.crypt)
  const lines = (notes: typeof mistakes) => notes.map(({ line, path, sentence }) => `${line} ${path}: ${sentence}`)
  return { made, config: made === null ? null : parse(made), mistakes: lines(mistakes), losses: lines(losses) }
}

await t.test('everything that such a file can say', async (t) => {
  const { made, config, mistakes, losses } = convert(`# a comment
http_proxy="http://proxy:3128"   # behind it
https_proxy='http://proxy:3128'
no_proxy="localhost, .corp,"
HTTP_PROXY="http://proxy:3128"
HTTPS_PROXY=""
NO_PROXY=
SOCKS_PROXY=socks5://proxy:1080

ssh_key="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPMBTHrMgVsKiJyrZKoIWwDOPmlN7BpCPqpaXDm9obs6 me@desk"
user_name="edge"
passwd="it's \\"\\$ecret\\""
host_type=container
subnet_mask="255.255.255.0"
default_gate_way="192.168.7.1"
dns_name_server="192.168.7.1,192.168.7.2"
lvm_size_ingb="20"
huge_page_config="3 * 512"
USER_CUSTOM_NTP_SERVERS="a.example, b.example"
static_ip="192.168.7.9"
services:
    enable: [docker]
    disable: []
write_files:
  - path: /etc/profile.d/x.sh
    append: true
    permissions: 0755
    content: |
      echo "a: b" # c
   # mis-indented
  - path: /etc/y
    encoding: b64
    owner: 'edge:edge'
    content: eA==
runcmd:
  # one
  - for i in 1 2; do echo "$i"; done
  - [touch, /etc/z]
`)
  t.strictSame(mistakes, [])
  t.strictSame(losses, [
    '20 static_ip: static_ip was used only where DHCP gave no address: in the new file it is used always',
  ])
  t.strictSame(config, {
    version: '1.0',
    operatingSystem: {
      users: [{ username: 'edge', passwordHash: context.crypt(`it's "$ecret"`) }],
      sshKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPMBTHrMgVsKiJyrZKoIWwDOPmlN7BpCPqpaXDm9obs6 me@desk',
      proxy: {
        httpProxy: 'http://proxy:3128',
        httpsProxy: 'http://proxy:3128',
        socksProxy: 'socks5://proxy:1080',
        noProxy: ['localhost', '.corp'],
      },
      network: {
        address: '192.168.7.9',
        netmask: '255.255.255.0',
        gateway: '192.168.7.1',
        dnsServers: ['192.168.7.1', '192.168.7.2'],
      },
      hostType: 'container',
      ntpServers: ['a.example', 'b.example'],
      lvmSizeGb: 20,
      hugePages: { count: 1536, size: '2M' },
      services: { enable: ['docker'] },
      files: [
        { path: '/etc/profile.d/x.sh', append: true, permissions: '0755', content: 'echo "a: b" # c\n' },
        { path: '/etc/y', encoding: 'base64', owner: 'edge:edge', content: 'eA==' },
      ],
      commands: { after: ['for i in 1 2; do echo "$i"; done', ['touch', '/etc/z']] },
    },
  })
  t.ok(configOf(made ?? ''))
})

await t.test('an empty one', async (t) => {
  const { config, mistakes, losses } = convert('http_proxy=""\nlvm_size_ingb="0"\nwrite_files: []\nruncmd:\n')
  t.strictSame([config, mistakes, losses], [{ version: '1.0', operatingSystem: { hostType: 'kubernetes' } }, [], []])
})

await t.test('each loss, with its line', async (t) => {
  const { losses, config } = convert(`http_proxy="http://a"
HTTP_PROXY="http://b"
user_name="edge"
user_name="other"
deploy_envmt="ven"
default_gate_way="192.168.7.1"
https_proxy="http://$(hostname)"
ftp_proxy="http://f"; reboot
write_files:
  - path: /etc/a
    content: x
    defer: true
bootcmd: [x]
`)
  t.strictSame(losses, [
    '2 HTTP_PROXY: HTTP_PROXY is another than http_proxy, and left out: a unit has one of them in both cases',
    '3 user_name: user_name is set again in line 4, which counts',
    '4 user_name: The password was asked for at the terminal: the user has none in the new file',
    '5 deploy_envmt: deploy_envmt is not known, and left out',
    '6 default_gate_way: default_gate_way is left out: there is no static_ip',
    '7 https_proxy: https_proxy is computed by bash ($ or `): it is taken as the text that stands there',
    '8 ftp_proxy: ftp_proxy is followed by something that is left out',
    '12 write_files[0].defer: defer of a file is left out',
    '13 bootcmd: bootcmd is not known, and left out',
  ])
  t.match(config, { operatingSystem: { users: [{ username: 'other' }], proxy: { httpProxy: 'http://a' } } })
})

await t.test('what the new format does not let be is told where it stands in the old file', async (t) => {
  const { made, mistakes } = convert(`
ssh_key="1234"
static_ip="192.168.7.9"
subnet_mask="24"
default_gate_way="192.168.8.1"
http_proxy="proxy:3128"
services:
  enable: ["a b"]
write_files:
  - path: /etc/a
  - path: /opt/b
    content: x
runcmd:
  - ok
`)
  t.ok(made, 'it is made all the same')
  t.match(mistakes, [
    /^2 operatingSystem.sshKey: /,
    /^5 operatingSystem.network.gateway: .*outside the network/,
    /^6 operatingSystem.proxy.httpProxy: /,
    /^8 operatingSystem.services.*: /,
    /^11 operatingSystem.files\[1\].path: .*outside of \/etc and \/var/,
  ])
  t.match(convert('version: 1.0\n').mistakes, [/no raw config-file/])
  t.match(convert('http_proxy=""\nruncmd:\n\t- x\n').mistakes, [/^3 : The line is indented with a tab/])
  t.match(convert('ssh_key="a\nb').losses, [/^1 ssh_key: ssh_key has no closing quote/])
})
