import { open } from 'node:fs/promises'
import { run } from '@eims/lab'
import type { Test } from 'tap'
import type { Bench } from '../../vm/bench.ts'
import { partitions } from '../../vm/whole-disk.ts'

const BLOCK = 4096
/** Of the root, and read by nobody who starts it. */
const UNREAD = '/usr/share/common-licenses/GPL-3'
/** What is changed of /etc. */
const CHANGED = '/var/lib/etc-overlay/upper'
/** In the file system of /var. */
export const HOST_KEYS = '/lib/etc-overlay/upper/ssh'

interface Unit {
  mac: string
  user: string
}

/** Proves that the running OS was verified, cannot be changed, and has its configuration from the seed alone. */
export async function proveSealed(t: Test, bench: Bench, { mac, user }: Unit): Promise<void> {
  const ask = (command: string) => bench.ssh(mac, command, user)
  const status = await ask('sudo veritysetup status root')
  t.match(status, /^ +status: +verified$/m)
  t.match(status, /^ +mode: +readonly$/m)
  const rootHash = /^ +root hash: +([0-9a-f]{64})$/m.exec(status)?.[1]
  t.match(await ask('cat /proc/cmdline'), `roothash=${rootHash} `, 'by the hash of the boot menu')
  t.match(await ask('findmnt -no SOURCE,OPTIONS /'), /^\/dev\/mapper\/root +ro,/)
  await t.rejects(ask('sudo touch /usr/local/bin/more'), /Read-only file system/, 'nothing can be added')
  t.equal(await ask(`sudo find ${CHANGED}/cloud 2>/dev/null || true`), '', 'nothing was put into /etc/cloud')
  t.equal(await ask('test -e /usr/local/bin/kubectl || echo none'), 'none', 'what a template links there is not')
  const [size, room] = (await ask('lsblk -bno SIZE /dev/disk/by-partlabel/var; df -B1 --output=size /var | tail -1'))
    .split('\n')
    .map(Number) as [number, number]
  t.ok(room > size * 0.9, `/var was made as large as its partition: ${room} of ${size} bytes`)
}

/** Changes one bit of a file on the disk of a machine that is off. */
export async function damage(disk: string): Promise<void> {
  const root = (await partitions(disk)).find(({ name }) => name === 'root-a')!
  const { stdout } = await run('debugfs', ['-R', `blocks ${UNREAD}`, `${disk}?offset=${root.offset}`])
  const at = root.offset + Number(stdout.trim().split(/\s+/)[0]) * BLOCK
  await using file = await open(disk, 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, at)
  byte[0]! ^= 1
  await file.write(byte, 0, 1, at)
}

/** Proves that what `damage` changed is not given out. */
export async function proveDamageSeen(t: Test, bench: Bench, { mac, user }: Unit): Promise<void> {
  await t.rejects(bench.ssh(mac, `cat ${UNREAD}`, user), /Input\/output error/, 'a changed block is not read')
  t.match(await bench.ssh(mac, 'sudo dmesg', user), /device-mapper: verity: .* data block \d+ is corrupted/)
}
