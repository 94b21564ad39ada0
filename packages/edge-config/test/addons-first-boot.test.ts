import { execFileSync, spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { addonsCommand } from '../src/addons/first-boot.ts'
import { sumsOf } from '../src/index.ts'

// One promise: the first boot copies whole addons to where K3s looks, or says in a sentence what is missing.

if (process.getuid?.() !== 0) {
  t.pass('only root mounts file systems', { skip: true })
  process.exit()
}

const files: Record<string, Record<string, Buffer>> = {
  calico: { 'manifests/cni.yaml': Buffer.from('kind: A\n'), 'images/cni.tar.zst': Buffer.alloc(3_000_000, 'x') },
  dash: { 'manifests/cni.yaml': Buffer.from('kind: B\n') },
}

function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'eims-addons-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A file with the file system K3S-ADDONS as an agent leaves it. */
function partition(t: Test, change: (folder: string) => void = () => {}): string {
  const folder = folderOf(t)
  for (const [set, entries] of Object.entries(files)) {
    const sums = Object.entries(entries).map(([path, bytes]) => ({ path, sha256: hash('sha256', bytes) }))
    for (const [path, bytes] of Object.entries({ ...entries, SHA256SUMS: sumsOf(sums) })) {
      mkdirSync(dirname(join(folder, 'tree', set, path)), { recursive: true })
      writeFileSync(join(folder, 'tree', set, path), bytes)
    }
  }
  change(join(folder, 'tree'))
  const file = join(folder, 'part')
  execFileSync('truncate', ['-s', '16M', file])
  execFileSync('mkfs.ext4', ['-q', '-L', 'K3S-ADDONS', '-O', '^has_journal', '-d', join(folder, 'tree'), file])
  return file
}

/**
 * Runs the command in a mount namespace of its own, in which /run is empty and the partition of that label is this file; all
 * else is the real tools.
 * @returns what stands in /run/eims/faults
 */
function boot(file: string, data: string, { sets = ['calico', 'dash'], before = ':' } = {}): string {
  const script = `mount -t tmpfs none /run; mkdir -p /run/bin
    printf '#!/bin/sh\\nfor last; do :; done\\nfor word; do shift; [ "$word" != LABEL=K3S-ADDONS ] || word=${file}
set -- "$@" "$word"; done\\nexec /bin/mount -o loop "$@"\\n' >/run/bin/mount; chmod +x /run/bin/mount
    PATH=/run/bin:$PATH; export PATH; ${before}
    cat >/run/command; sh /run/command; cat /run/eims/faults 2>/dev/null; ! mountpoint -q /run/eims/addons`
  const args = ['--mount', '--propagation=private', 'sh', '-c', script]
  const done = spawnSync('unshare', args, { input: addonsCommand(sets, data), encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${done.status} ${done.stdout} ${done.stderr}`)
  return done.stdout
}

const found = (data: string) =>
  ['agent/images', 'server/manifests'].map((folder) => readdirSync(join(data, folder)).toSorted())
const whole = [['site-addons-calico-cni.tar.zst'], ['site-addons-calico-cni.yaml', 'site-addons-dash-cni.yaml']]

await t.test('each file under a name of its own, for root alone', async (t) => {
  const data = join(folderOf(t), "it's here", 'k3s')
  const file = partition(t)
  t.equal(boot(file, data), '')
  t.strictSame(found(data), whole)
  t.equal(readFileSync(join(data, 'server/manifests/site-addons-dash-cni.yaml'), 'utf8'), 'kind: B\n')
  t.equal(statSync(join(data, 'agent/images/site-addons-calico-cni.tar.zst')).size, 3_000_000)
  t.equal(statSync(join(data, 'server')).mode & 0o777, 0o700)
  t.equal(statSync(data).mode & 0o777, 0o755, 'programs of K3s in it are for all')
  await t.test('what an earlier try left goes', async (t) => {
    for (const name of ['agent/images/site-addons-old-x.tar', 'server/manifests/.site-addons-dash-cni.yaml.part'])
      writeFileSync(join(data, name), 'half')
    writeFileSync(join(data, 'server/manifests/mine.yaml'), 'mine')
    t.equal(boot(file, data, { sets: ['dash'] }), '')
    t.strictSame(found(data), [[], ['mine.yaml', 'site-addons-dash-cni.yaml']])
  })
})

await t.test('what is missing is said, and K3s finds nothing of it', async (t) => {
  const refused = (name: string, file: string, said: RegExp, more: { sets?: string[]; before?: string } = {}) => {
    const data = join(folderOf(t), 'k3s', name)
    t.match(boot(file, data, more), said, name)
    const left = spawnSync('find', [data, '-name', '*addons-*'], { encoding: 'utf8' }).stdout
    t.equal(left, '', `${name}: nothing is left`)
  }
  refused(
    'partition',
    '/nowhere',
    /^addons: the partition K3S-ADDONS is missing or cannot be mounted; image the machine/,
  )
  refused('set', partition(t), /^addons: the set other is not on the partition/, { sets: ['dash', 'other'] })
  const bad = partition(t, (tree) => writeFileSync(join(tree, 'calico/images/cni.tar.zst'), 'damaged'))
  refused('damaged', bad, /^addons: images\/cni\.tar\.zst of the set calico is damaged: its SHA-256/)
  const lost = partition(t, (tree) => writeFileSync(join(tree, 'dash/SHA256SUMS'), `${'0'.repeat(64)}  ../x\n`))
  refused('foreign', lost, /^addons: the set dash holds \.\.\/x, which is no file of addons/)
  const small = join(folderOf(t), 'small')
  mkdirSync(small, { recursive: true })
  const room = boot(partition(t), small, { before: `mount -t tmpfs -o size=1m none ${small}` })
  t.match(
    room,
    new RegExp(`^addons: ${small}/agent/images has room for [01] MiB, and the addons take 3 MiB; take a larger`),
  )
})

await t.test('it ends and sets nothing for the commands behind it', async (t) => {
  const text = `${addonsCommand(['dash'], '/nowhere')}\necho "behind \${sets:-}\${data:-}"\n`
  const args = ['--mount', 'sh', '-c', 'mount -t tmpfs none /run; exec sh', 'sh']
  const done = spawnSync('unshare', args, { input: text, encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } })
  t.equal(done.stdout, 'behind \n')
})
