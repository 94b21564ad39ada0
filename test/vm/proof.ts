import { basename } from 'node:path'
import { hostKeys, type Machine } from '@eims/lab'
import type { Test } from 'tap'
import type { Bench, ShownNode } from './bench.ts'

/** What makes an installed system itself: it must survive every later network boot. */
export interface Installed {
  machineId: string
  hostKeys: string[]
  bootId: string
}

/**
 * Proves by SSH that a RUNNING node is what it was meant to be: host name, user, key, image, cloud-init without
 * complaint, and the same host keys as it reported. (It does not report its machine id to readers: that is only looked
 * at, for the caller to compare over time.)
 */
export async function proveInstalled(
  t: Test,
  bench: Bench,
  node: ShownNode,
  expected: { mac: string; name: string; variant: 'A' | 'B' | 'immutable'; user?: string },
): Promise<Installed> {
  const { mac, name, variant, user = 'edge' } = expected
  const run = (command: string) => bench.ssh(mac, command, user)
  t.equal(await run('hostname'), name, 'host name')
  t.equal(await run('id -un'), user, 'user')
  t.equal(await run('cat /etc/eims-image'), variant, 'image')
  t.match(await run('cloud-init status --long'), /status: done/, 'cloud-init is done')
  t.match(await run('sudo -n true && echo may'), 'may', 'the user may sudo')
  const machineId = await run('cat /etc/machine-id')
  t.match(machineId, /^[0-9a-f]{32}$/, 'machine-id')
  const address = await bench.dhcp.addressOf(mac)
  const keys = await hostKeys({ namespace: bench.lan.site, address: address! })
  for (const key of keys)
    t.ok(
      node.instance?.sshHostKeys.some((reported) => reported.includes(key)),
      `the host key ${key.slice(0, 24)}… was reported`,
    )
  // RUNNING is said with the report, and cloud-init calls itself done before the unit that waits for it has begun: the
  // unit's file goes with the last of its work.
  await run(
    `for second in $(seq 90); do
      test -e /run/systemd/system/eims-phone-home.service || systemctl is-active -q eims-phone-home || break; sleep 1
    done`,
  )
  const left = [
    'sudo find / /etc /var -xdev -name "*eims-phone-home*" -not -path "/proc/*"',
    'sudo sh -c "grep -las eims-home_ /dev/disk/by-label/CIDATA /var/lib/cloud/instance/*"',
    'systemctl is-active eims-phone-home || true',
  ].join('; ')
  t.equal(await run(left), 'inactive', 'the reporting unit has removed itself, and its token wherever it stood')
  return { machineId, hostKeys: keys, bootId: await run('cat /proc/sys/kernel/random/boot_id') }
}

/** No machine of these tests may be helped: nothing but firmware, a NIC, a blank disk. */
export function proveUnaided(t: Test, machine: Machine): void {
  const argv = machine.arguments.join(' ')
  t.notMatch(
    argv,
    /-kernel|-initrd|-append|-netdev user|-fw_cfg name=(?!opt\/org\.tianocore\/IPv[46]PXESupport,)/,
    `${basename(machine.dir)} boots by itself`,
  )
}
