import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { InterfaceCounters } from '@eims/contracts'
import type { Figure } from '@eims/registry'
import parse from 'parse-prometheus-text-format'
import t from 'tap'
import { protocolCounters } from '../src/metrics/protocols.ts'
import { siteGauges } from '../src/metrics/site.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, finishRun } from './support/machine.ts'
import { addDefaultProfile, openSite, type Site } from './support/site.ts'

const databases = await startDatabases(t)

async function scrape(site: Site, key = site.keys.viewer) {
  const reply = await fetch(`${site.admin}/metrics`, { headers: { authorization: `Bearer ${key}` } })
  const text = await reply.text()
  const families = reply.ok ? parse(text) : []
  const samples = (name: string) => families.find((family) => family.name === name)?.metrics ?? []
  const value = (name: string, labels: Record<string, string> = {}) => {
    const wanted = Object.entries(labels)
    const found = samples(name).find((each) => wanted.every(([label, text]) => each.labels?.[label] === text))
    return found?.value === undefined ? undefined : Number(found.value)
  }
  return { reply, text, families, samples, value }
}

const hex = (byte: number) => byte.toString(16).padStart(2, '0')
/** What is told is kept for a second. */
const later = () => sleep(1001)

await t.test('a machine’s way shows in what a parser of Prometheus’s reads', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const before = await scrape(site)
  t.equal(before.reply.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  t.equal(before.reply.headers.get('cache-control'), 'no-store')
  t.equal(before.value('eims_runs', { state: 'running' }), 0)
  await addDefaultProfile(site.db)
  const agent = await bootAgent(site.open, { serial: 'SN-1', mac: '52:54:00:aa:00:01' })
  await agent.action()
  await later()
  const { value } = await scrape(site)
  t.equal(value('eims_database_up'), 1)
  t.ok(value('eims_database_latency_seconds')! > 0)
  t.equal(value('eims_boot_requests_total', { interface: 'lo', what: 'script' }), 1)
  t.equal(value('eims_nodes', { state: 'onboarded' }), 1)
  t.equal(value('eims_nodes_unregistered'), 1)
  t.equal(value('eims_runs', { state: 'running' }), 1)
  t.equal(value('eims_actions_running', { action: 'inventory' }), 1)
  t.equal(value('eims_images', { state: 'ready' }), 1)
  t.equal(value('eims_image_store_bytes'), 100)
  t.equal(value('eims_boot_sessions'), 1)
  t.ok(value('eims_events_total')! > 3)
  t.ok(value('eims_disk_free_bytes', { disk: 'images' })! > 0)
  t.equal(value('eims_database_connections', { state: 'most' }), 20)
  t.equal(value('eims_build_info', { version: '0.1.0' }), 1)
  t.equal(value('eims_interface_served', { interface: 'lo' }), 1)
  t.ok(value('process_cpu_seconds_total')! > 0)
  t.ok(value('nodejs_eventloop_lag_mean_seconds')! >= 0)
  const ended = await finishRun(agent)
  await later()
  const done = await scrape(site)
  t.equal(done.value('eims_runs_ended_total', { outcome: 'succeeded' }), 1)
  t.equal(done.value('eims_runs', { state: 'running' }), 0)
  t.equal(done.value('eims_instances', { state: 'provisioned' }), 1)
  const durations = [...done.text.matchAll(/^eims_action_duration_seconds_count\{(.*)\} 1$/gm)].map(
    ([, labels]) => labels,
  )
  t.equal(durations.length, ended.length, 'a histogram for each action that ended')
  for (const labels of durations) t.match(labels, /^action="[a-z-]+",outcome="succeeded"$/)
})

await t.test('names, help and types are as Prometheus wants them', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  await bootScript(site.open, { serial: 'SN-1' })
  const { families, text } = await scrape(site)
  const own = families.filter(({ name }) => name.startsWith('eims_'))
  t.ok(own.length > 30)
  for (const { name, help, type } of own) {
    t.match(name, /^eims_[a-z][a-z0-9_]*[a-z0-9]$/)
    t.ok(help.length > 10 && !help.endsWith('.'), `${name}: ${help}`)
    t.match(type, /^(COUNTER|GAUGE|HISTOGRAM)$/, name)
    t.equal(name.endsWith('_total'), type === 'COUNTER', `${name} is a ${type}`)
    t.notMatch(name, /_(milliseconds|ms|kilobytes|megabytes|percent|count|sum|bucket)(_total)?$/, 'base units')
  }
  t.equal(new Set(families.map(({ name }) => name)).size, families.length, 'each stands there once')
  const sample = /^[a-z_][a-z0-9_]*(\{([a-z_]+="[^"\\\n]*",?)+\})? (-?[0-9.e+-]+|\+Inf|NaN)$/
  for (const line of text.split('\n').filter((each) => each !== '' && !each.startsWith('#'))) t.match(line, sample)
})

await t.test('the example of alerts asks for what there is', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const { families } = await scrape(site)
  const rules = readFileSync(join(import.meta.dirname, '../../../deploy/prometheus/eims-alerts.yml'), 'utf8')
  const asked = new Set(rules.match(/\beims_[a-z_]+/g))
  t.ok(asked.size >= 6)
  for (const name of asked)
    t.ok(
      families.some((family) => family.name === name),
      name,
    )
})

await t.test('what is told does not grow with the machines', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  await addDefaultProfile(site.db)
  await site.api('addNode', { body: { serial: 'SN-0', macs: ['52:54:00:bb:00:00'] } })
  await bootScript(site.open, { serial: 'SN-0', mac: '52:54:00:bb:00:00' })
  const lines = async () => {
    await later()
    const { text } = await scrape(site)
    return {
      text,
      own: text
        .split('\n')
        .filter((line) => line.startsWith('eims_'))
        .map((line) => line.split(' ')[0]),
    }
  }
  const few = await lines()
  const rows = Array.from(
    { length: 500 },
    (_, index) => `SN-${index + 1},52:54:00:cc:${hex(index >> 8)}:${hex(index & 255)}`,
  )
  await site.api('importNodes', { query: {} }, {
    rawBody: `Serial,MAC\n${rows.join('\n')}\n`,
    contentType: 'text/csv',
  } as never)
  for (const index of [1, 2, 3])
    await bootScript(site.open, { serial: `SN-${index}`, mac: `52:54:00:cc:00:0${index - 1}` })
  const many = await lines()
  t.match(many.text, /^eims_nodes\{state="registered"\} 501$/m)
  t.strictSame(many.own, few.own)
  t.notMatch(many.text, /SN-|52:54|cc:00/i, 'no machine is named')
})

await t.test('while the database is away it tells so, and what it knows', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const { viewer, operator } = site.keys
  t.equal((await scrape(site, viewer)).value('eims_database_up'), 1)
  await databases.stop()
  await later()
  const { reply, samples, value } = await scrape(site, viewer)
  t.equal(reply.status, 200)
  t.equal(value('eims_database_up'), 0)
  t.equal(value('eims_interface_served', { interface: 'lo' }), 1)
  for (const name of ['eims_nodes', 'eims_nodes_held', 'eims_database_latency_seconds', 'eims_events_total'])
    t.strictSame(samples(name), [], `${name} is not known`)
  t.equal((await scrape(site, operator)).reply.status, 503, 'a key that was not seen before opens nothing meanwhile')
  const other = await fetch(`${site.admin}/api/v1/site`, { headers: { authorization: `Bearer ${viewer}` } })
  t.equal(other.status, 503, 'nor does one that was open anything else')
  await databases.start()
  await later()
  t.equal((await scrape(site, viewer)).value('eims_database_up'), 1)
})

await t.test('DHCP by message type, beside what became of all of it', (t) => {
  const dhcp = {
    received: 5,
    malformed: 1,
    ignored: 1,
    repliedFirmware: 3,
    'discover.replied': 2,
    'request.ignored': 1,
    'request.replied': 1,
    'other.malformed': 1,
    'inform.notNetboot': 0,
  }
  const interfaces = [{ interface: 'eth0', dhcp }] as unknown as InterfaceCounters[]
  const told = (name: string) =>
    protocolCounters
      .find((each) => each.name === name)!
      .read({ server: {} as never, interfaces })
      .filter(({ value }) => value > 0)
  t.strictSame(told('eims_dhcp_messages_total'), [
    { labels: { interface: 'eth0', type: 'discover', outcome: 'replied' }, value: 2 },
    { labels: { interface: 'eth0', type: 'request', outcome: 'ignored' }, value: 1 },
    { labels: { interface: 'eth0', type: 'request', outcome: 'replied' }, value: 1 },
    { labels: { interface: 'eth0', type: 'other', outcome: 'malformed' }, value: 1 },
  ])
  t.strictSame(told('eims_dhcp_replies_total'), [
    { labels: { interface: 'eth0', type: 'offer' }, value: 2 },
    { labels: { interface: 'eth0', type: 'ack' }, value: 1 },
  ])
  const sum = (name: string) => told(name).reduce((total, { value }) => total + value, 0)
  t.equal(sum('eims_dhcp_packets_total'), 5, 'nothing counts twice')
  t.end()
})

await t.test('a site without anything has gauges all the same', (t) => {
  const none: Figure[] = []
  t.strictSame(siteGauges.find(({ name }) => name === 'eims_nodes_held')?.read(none), [{ labels: {}, value: 0 }])
  t.strictSame(siteGauges.find(({ name }) => name === 'eims_runs')?.read(none), [
    { labels: { state: 'pending' }, value: 0 },
    { labels: { state: 'running' }, value: 0 },
  ])
  t.end()
})
