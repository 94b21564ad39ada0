import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Db, ensureSite } from '@eims/registry'
import { cpuSeconds, round2 } from '../figures.ts'
import { startServers } from '../rest/servers.ts'

/** Nodes a second, on two cores. */
const TARGET = 5000
const ACTIONS_OF_A_RUN = 8
const LINES_OF_A_RUN = 20
const client = fileURLToPath(new URL('client.ts', import.meta.url))

const ACTIONS = {
  hold: { action: 'hold', reason: 'counted twice' },
  release: { action: 'release' },
  set: { action: 'set', set: { profile: null, batch: 'lot', product: 'PowerEdge R650', metadata: { rack: 'r1' } } },
  notes: { action: 'set', set: { mergeMetadata: { shelf: '3', rack: null } } },
  maker: { action: 'set', set: { manufacturer: 'Dell Inc.' } },
  adopt: { action: 'adopt', adopt: { batch: 'lot' } },
  delete: { action: 'delete' },
} as const

/**
 * What is done to many nodes at once, through `./eims up` with its embedded PostgreSQL, as the CLI does it. All of it is
 * durable. `--nodes N` (100,000), `--imaged`: each with a run of 8 actions and its log, `--actions A,B` (all of ACTIONS, in that order).
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      nodes: { type: 'string', default: '100000' },
      imaged: { type: 'boolean', default: false },
      actions: { type: 'string', default: Object.keys(ACTIONS).join(',') },
    },
  })
  await using servers = await startServers()
  const { ours, database } = servers
  await fill(database.db, Number(values.nodes), values.imaged)
  for (const name of values.actions.split(',') as (keyof typeof ACTIONS)[]) {
    if (name === 'adopt') await database.db.$executeRaw`update node set registered = false`
    await database.db.$executeRaw`vacuum analyze`
    await database.db.$executeRaw`checkpoint`
    const before = await cpuSeconds(ours.pid)
    const words = [client, ours.access, JSON.stringify(ACTIONS[name])]
    const { stdout } = await servers.lan.service.exec(process.execPath, words, { timeoutMs: 1_800_000 })
    const { selectSeconds, seconds, done, failed } = JSON.parse(stdout) as Record<string, number>
    const perSecond = Math.round((done! + failed!) / seconds!)
    console.log(
      JSON.stringify({
        name: `bulk/${name}`,
        target: TARGET,
        met: perSecond >= TARGET && failed === 0,
        perSecond,
        seconds: round2(seconds!),
        selectSeconds: round2(selectSeconds!),
        serviceCpu: round2((await cpuSeconds(ours.pid)) - before),
        done,
        failed,
        load: round2(loadavg()[0]!),
      }),
    )
  }
}

async function fill(db: Db, nodes: number, imaged: boolean): Promise<void> {
  const { id: siteId } = await ensureSite(db)
  await db.$executeRaw`insert into batch (id, site_id, name) values ('lot', ${siteId}, 'lot')`
  await db.$executeRaw`
    insert into node (id, site_id, name, manufacturer, registered, metadata, state, desired_state, status, status_indicator)
    select lpad(i::text, 36, '0'), ${siteId}, 'node-' || i, 'Dell', true, jsonb_build_object('rack', 'r' || i % 100, 'order', 'PO-7'),
           'REGISTERED', 'ONBOARDED', '{"code":"registered","slots":{}}', 'IDLE'
      from generate_series(1, ${nodes}::int) i`
  await db.$executeRaw`
    insert into node_identifier (id, node_id, kind, value, shown)
    select n.id || kind, n.id, kind, value, value
      from node n, lateral (values ('serial', 'sn-' || n.name), ('mac', regexp_replace(right(n.id, 12), '(..)(?!$)', '\\1:', 'g'))) as i (kind, value)`
  if (!imaged) return
  await db.$executeRaw`
    insert into instance (id, node_id, state, desired_state, status, status_indicator, os_version, boot_id, machine_id, host_name, ssh_host_keys)
    select 'i' || id, id, 'RUNNING', 'RUNNING', '{"code":"os-up","slots":{}}', 'IDLE', 'Debian 12', gen_random_uuid(), md5(id), name, array['ssh-ed25519 ' || id]
      from node`
  await db.$executeRaw`
    insert into run (id, node_id, instance_id, state, created_at, started_at, ended_at)
    select 'r' || id, id, 'i' || id, 'SUCCEEDED', now(), now(), now() from node`
  await db.$executeRaw`
    insert into action (run_id, id, position, name, definition, state)
    select 'r' || n.id, 'a' || i, i, 'action ' || i, jsonb_build_object('id', 'a' || i, 'uses', 'write-image', 'with', jsonb_build_object('text', repeat('x', 200))), 'SUCCEEDED'
      from node n, generate_series(1, ${ACTIONS_OF_A_RUN}::int) i`
  await db.$executeRaw`
    insert into attempt (run_id, action_id, number, state, session_id, started_at, lease_until, ended_at)
    select run_id, id, 1, 'SUCCEEDED', 's' || run_id, now(), now(), now() from action`
  await db.$executeRaw`
    insert into log (node_id, run_id, action_id, attempt, at, stream, text)
    select n.id, 'r' || n.id, 'a1', 1, now(), 'stdout', repeat('line ', 10) from node n, generate_series(1, ${LINES_OF_A_RUN}::int)`
}
