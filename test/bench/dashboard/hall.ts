import { ProfileInput } from '@eims/contracts'
import { createImage, createProfile, type Db, finishImage, getSite } from '@eims/registry'

/** Machines that change all the time; they have a batch of their own. */
export const STORMY = 2000
const LOT = 5000
const ACTIONS_OF_A_RUN = 8
const DIGEST = 'a'.repeat(64)

/** As an agent finds a machine; PostgreSQL keeps it apart from the row when it is as large as that. */
const INVENTORY = JSON.stringify({
  architecture: 'x86_64',
  firmware: 'uefi',
  secureBoot: false,
  cpuModel: 'Intel Xeon D-2776NT',
  cpuCount: 32,
  memory: 2 ** 35,
  biosVendor: 'American Megatrends',
  biosVersion: '5.27',
  disks: Array.from({ length: 4 }, (_, each) => ({
    path: `/dev/nvme${each}n1`,
    size: 512_110_190_592,
    sectorSize: 512,
    transport: 'nvme',
    removable: false,
    readOnly: false,
    model: 'SAMSUNG MZVL2512HCJQ',
    serial: `S64ANX0T${each}`,
    wwn: null,
    content: { blank: true, found: null },
  })),
  nics: Array.from({ length: 4 }, (_, each) => ({
    name: `enp${each}s0`,
    mac: `52:54:00:00:00:0${each}`,
    driver: 'igc',
    link: true,
    speed: 2500,
    boot: each === 0,
  })),
  missingFirmware: [],
})

/**
 * A site after years: of a hundred machines 71 run their OS, and one each failed, is held, and registered by nobody; the
 * others wait, two thirds of them never seen. Each that was imaged has its run of 8 actions and a timeline; a quarter of the
 * runs ended within the last twelve hours. `STORMY` more are being imaged.
 */
export async function fill(db: Db, nodes: number): Promise<void> {
  const image = await createImage(db, { name: 'edge-node', architecture: 'x86_64', format: 'raw' })
  await finishImage(db, image.id, {
    sourceSha256: DIGEST,
    rawSha256: DIGEST,
    manifestSha256: DIGEST,
    rawSize: 4096,
    frameCount: 1,
    storedSize: 100,
  })
  const { id: siteId } = await getSite(db)
  const { id: profileId } = await createProfile(
    db,
    siteId,
    ProfileInput.parse({ name: 'edge-node', image: 'edge-node' }),
  )
  await db.$executeRaw`
    insert into batch (id, site_id, name, expected, created_at)
    select 'lot-' || i, ${siteId}, 'lot-' || lpad(i::text, 2, '0'), ${LOT}::int, now() - i * interval '10 days'
      from generate_series(1, greatest(1, ${nodes}::int / ${LOT}::int)) i`
  await db.$executeRaw`insert into batch (id, site_id, name) values ('storm', ${siteId}, 'storm')`
  await db.$executeRaw`
    insert into node (id, site_id, batch_id, name, manufacturer, product, registered, profile_id, state, desired_state, status,
                      status_indicator, hold, metadata, inventory, created_at, last_seen_at)
    select '0195d000-' || lpad(to_hex(i >> 12), 4, '0') || '-7' || lpad(to_hex(i & 4095), 3, '0') || '-8000-' || substr(md5(i::text), 1, 12),
           ${siteId}, case when i > ${nodes}::int then 'storm' when i % 100 = 2 then null else 'lot-' || least(1 + (i - 1) / ${LOT}::int, greatest(1, ${nodes}::int / ${LOT}::int)) end,
           'edge-' || lpad(i::text, 6, '0'), 'Dell Inc.', (array['PowerEdge XR4520c', 'PowerEdge R650', 'NUC 13 Pro'])[1 + i % 3],
           i % 100 <> 2 or i > ${nodes}::int, case when i % 10 <> 9 or i > ${nodes}::int then ${profileId} end, 'REGISTERED', 'ONBOARDED',
           '{"code":"registered","slots":{}}', 'IDLE', case when i % 100 = 1 and i <= ${nodes}::int then 'waits for a part' end,
           jsonb_build_object('rack', 'r' || i % 97, 'order', 'PO-' || i / ${LOT}::int),
           case when i % 100 < 82 then ${INVENTORY}::jsonb end, now() - (${nodes}::int + ${STORMY}::int - i) * interval '2 minutes',
           case when i % 100 < 82 then now() - (i % 10000) * interval '1 minute' end
      from generate_series(1, ${nodes}::int + ${STORMY}::int) i`
  await db.$executeRaw`
    insert into node_identifier (id, node_id, kind, value, shown)
    select n.id || v.kind || v.part, n.id, v.kind, lower(v.shown), v.shown
      from (select *, to_hex(right(name, 6)::int) as hex from node) n, lateral (values
        ('serial', 1, 'LOT7-' || right(name, 6) || 'X'),
        ('uuid', 1, '11223344-0007-4210-8031-c2c0' || lpad(hex, 8, '0')),
        ('mac', 1, regexp_replace('5254' || lpad(hex, 8, '0'), '(..)(?!$)', '\\1:', 'g')),
        ('mac', 2, regexp_replace('5654' || lpad(hex, 8, '0'), '(..)(?!$)', '\\1:', 'g'))) v (kind, part, shown)`
  await db.$executeRaw`
    insert into instance (id, node_id, profile_id, state, desired_state, status, status_indicator, os_version, machine_id, host_name)
    select 'i' || id, id, ${profileId}, case when batch_id = 'storm' then 'PROVISIONING' when right(name, 2) = '00' then 'FAILED' else 'RUNNING' end,
           'RUNNING', case when right(name, 2) = '00' then '{"code":"run-timed-out","slots":{"seconds":3600}}' else '{"code":"os-up","slots":{}}' end::jsonb,
           'IDLE', 'Debian GNU/Linux 12 (bookworm)', md5(id), name
      from node where batch_id = 'storm' or right(name, 2)::int not in (1, 2) and right(name, 2)::int < 74`
  await db.$executeRaw`
    insert into run (id, node_id, instance_id, state, created_at, started_at, ended_at)
    select 'r' || i.node_id, i.node_id, i.id,
           case i.state when 'PROVISIONING' then 'RUNNING' when 'FAILED' then 'FAILED' else 'SUCCEEDED' end,
           at - interval '6 minutes', at - interval '5 minutes', case when i.state <> 'PROVISIONING' then at end
      from (select i.*, now() - (right(host_name, 6)::int % 48 * 60 + right(host_name, 6)::int % 60) * interval '1 minute' as at from instance i) i`
  await db.$executeRaw`
    insert into action (run_id, id, position, name, definition, state)
    select r.id, 'a' || p, p, 'action ' || p, jsonb_build_object('id', 'a' || p, 'uses', jsonb_build_object('builtin', 'write-image'), 'with', jsonb_build_object('text', repeat('x', 200))),
           case when r.state <> 'RUNNING' or p < 3 then 'SUCCEEDED' when p = 3 then 'RUNNING' else 'PENDING' end
      from run r, generate_series(1, ${ACTIONS_OF_A_RUN}::int) p`
  await db.$executeRaw`
    insert into attempt (run_id, action_id, number, state, session_id, started_at, lease_until, ended_at, progress)
    select run_id, id, 1, state, 's' || run_id, now(), now() + interval '1 day', case when state = 'SUCCEEDED' then now() end, 0.4
      from action where state <> 'PENDING'`
  await db.$executeRaw`
    insert into event (kind, at, last_at, node_id, message)
    select (array['node.registered', 'boot.decision', 'run.created', 'run.ended'])[e], created_at, created_at, id, 'as it was'
      from node, generate_series(1, 4) e where e = 1 or last_seen_at is not null`
  await db.$executeRaw`vacuum analyze`
}
