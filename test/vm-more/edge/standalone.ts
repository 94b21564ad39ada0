import { hash, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { tarEnd, tarEntry, type UnitAdoption } from '@eims/contracts'
import type { Test } from 'tap'
import type { Bench } from '../../vm/bench.ts'

const EIMS = resolve(import.meta.dirname, '../../../eims')
const ADMIN_HTTPS_PORT = 7444
/** What the lab's images have of our name by themselves: labels of their file systems and a file that others name, and files. */
const WORDS = String.raw`eims(?:(?:-|\\x2d)(?:target|root)|\.cfg)`
const FILES = [
  '/etc/cloud/cloud.cfg.d/90_eims.cfg',
  '/etc/eims-image',
  '/etc/initramfs-tools/conf.d/eims',
  '/etc/issue',
  String.raw`/run/udev/links/disk\x2fby-label\x2feims-root`,
  String.raw`/run/udev/links/disk\x2fby-label\x2feims-target`,
]
const KEPT = '/var/lib/eims'

interface Unit {
  mac: string
  user: string
}

/**
 * Makes a set of addons of a manifest and an archive of images.
 * @returns SHA-256 of each, by where K3s is to find it
 */
export async function addAddons(bench: Bench, name: string): Promise<Record<string, string>> {
  const manifest = Buffer.from('apiVersion: v1\nkind: Namespace\nmetadata: {name: demo}\n')
  const layers = JSON.stringify([{ Config: 'config.json', RepoTags: ['demo:1'], Layers: ['layer.tar'] }])
  const images = Buffer.concat([
    tarEntry('manifest.json', Buffer.from(layers), 0),
    tarEntry('layer.tar', randomBytes(3 * 1024 * 1024), 0),
    tarEnd,
  ])
  const files = { 'namespace.yaml': manifest, 'demo.tar': images }
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(bench.dir, file), bytes)
  await bench.eims('addons', 'add', name, ...Object.keys(files).map((file) => join(bench.dir, file)))
  return {
    [`/var/lib/rancher/k3s/server/manifests/site-addons-${name}-namespace.yaml`]: hash('sha256', manifest),
    [`/var/lib/rancher/k3s/agent/images/site-addons-${name}-demo.tar`]: hash('sha256', images),
  }
}

/**
 * Proves that nothing on a unit names us or its server, once it has done with that. `sudo` notes in the journal what it is
 * called with, so the words that are looked for come on standard input.
 * @param keeps whether it is to keep the file by which a registry takes it in
 */
export async function proveNothingLeft(t: Test, bench: Bench, { mac, user }: Unit, keeps: boolean): Promise<void> {
  const server = bench.lan.bench.serviceAddress.replaceAll('.', String.raw`\.`)
  const script = `export LC_ALL=C
for second in $(seq 120); do [ -e /run/eims ] || break; sleep 1; done
words='(?<![A-Za-z0-9])(?!${WORDS}(?![A-Za-z0-9]))(?:eims|EIMS)(?![A-Za-z0-9])|(?<![0-9.])${server}(?![0-9])'
places='/etc /var /run /boot /usr/local /root /home /opt'
{
  grep -rlP "$words" $places
  find $places -iname '*eims*' -o -path '${KEPT}/*'
  for part in CIDATA K3S-ADDONS; do
    part=/dev/disk/by-partlabel/$part
    [ ! -e $part ] || ! dd if=$part bs=1M status=none | grep -qaP "$words" || echo $part
  done
  part=/dev/disk/by-partlabel/K3S-ADDONS
  [ ! -e $part ] || blkid -p -o value -s TYPE $part
} 2>/dev/null | sort -u
`
  const sent = Buffer.from(script).toString('base64')
  const found = await bench.ssh(mac, `echo ${sent} | base64 -d | sudo sh`, user)
  const ours = found.split('\n').filter((path) => !FILES.includes(path))
  t.strictSame(ours, keeps ? [KEPT, `${KEPT}/unit.json`] : [], 'nothing names us or the server')
  t.ok(found.includes(FILES[1]!), 'what does was found')
}

/** What a unit is to those who know it. */
export const selfOf = (bench: Bench, { mac, user }: Unit): Promise<string> =>
  bench.ssh(
    mac,
    "cat /etc/machine-id /var/lib/cloud/data/instance-id; sudo sh -c 'cat /etc/ssh/ssh_host_* /etc/passwd /etc/shadow'; ip -o -4 addr show scope global | awk '{print $2, $4}'",
    user,
  )

/** Proves that a registry that does not know a unit takes it in as it is, asked from the site's desk over ssh. */
export async function proveAdopted(t: Test, bench: Bench, { mac, user, name }: Unit & { name: string }) {
  await bench.eims('nodes', 'delete', name)
  const { url: here, key } = JSON.parse(await readFile(join(bench.dataDir, 'local.json'), 'utf8')) as Record<
    string,
    string
  >
  const ca = join(bench.dir, 'ca.crt')
  await bench.lan.service.exec('curl', ['--silent', '--fail', '--output', ca, `${here}/ca.crt`])
  const login = ['--user', user, '--identity', bench.sshKey.privateKeyFile, '--accept-new']
  const url = `https://${bench.lan.bench.serviceAddress}:${ADMIN_HTTPS_PORT}`
  const server = ['--server', url, '--key', key!, '--ca', ca, '--json']
  const unit = (await bench.dhcp.addressOf(mac))!
  const adopt = async (...more: string[]) => {
    const args = ['nodes', 'adopt', '--from-unit', unit, ...login, '--known-hosts', join(bench.dir, 'known'), ...more]
    const { stdout } = await bench.lan.site.exec(EIMS, [...args, ...server], { timeoutMs: 120_000 })
    return JSON.parse(stdout) as UnitAdoption & { missing: string[] }
  }
  const written = () =>
    bench.ssh(
      mac,
      "sudo find /boot /etc /home /opt /root /usr /var -path /var/log -prune -o -path /var/lib/systemd -prune -o -path /var/tmp -prune -o -printf '%p %C@\\n' | sort",
      user,
    )
  const before = await written()
  const said = { image: { name: 'mutable' }, digest: 'equal', missing: [] }
  t.match(await adopt('--dry-run'), { node: null, result: 'new', dryRun: true, ...said })
  t.strictSame(await bench.eims('nodes', 'list', '--filter', `name = "${name}"`), [], 'that it would be is all')
  t.match(await adopt(), { node: { name }, result: 'new', dryRun: false, ...said })
  t.match(await bench.node(name), { instance: { state: 'RUNNING' }, run: null })
  t.match(await adopt(), { node: { name }, result: 'known' })
  t.equal(await written(), before, 'nothing was written on the unit')
}
