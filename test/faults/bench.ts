import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ProfileInput } from '@eims/contracts'
import { Lan } from '@eims/lab'
import { createImage, createProfile, finishImage, getSite, openRegistry, patchSite } from '@eims/registry'
import type { Test } from 'tap'
import { type Ask, type Reply, startRelay } from '../relay.ts'
import { type Launched, launch, launcher, reachableFolder } from '../up/launched.ts'

/** The service as `./eims up` starts it, on its embedded PostgreSQL, and who asks it. */
export interface Bench {
  service: Launched
  /** on the administrator's listener, with root's key */
  admin: (path: string, ask?: Ask) => Promise<Reply>
  /** on the machines' listener */
  machine: (path: string, ask?: Ask) => Promise<Reply>
  /** the processes of PostgreSQL, postmaster first */
  postgres: () => number[]
  /** `./eims events` beside the service, from now on: what it has said so far */
  follow: () => () => string
  /** the registry, past the service */
  sql: <Row>(text: string) => Promise<Row[]>
}

export async function openBench(t: Test, name: string): Promise<Bench> {
  const lan = await Lan.create({ name })
  t.teardown(() => lan[Symbol.asyncDispose]())
  const data = join(await reachableFolder(t), 'data')
  const service = launch(lan.service, ['--interface', 'br0', '--data', data])
  t.teardown(() => service[Symbol.asyncDispose]())
  await service.up()
  const local = JSON.parse(readFileSync(join(data, 'local.json'), 'utf8')) as { url: string; key: string }
  const [fromService, fromLan] = [startRelay(lan.service), startRelay(lan.site)]
  t.teardown(() => {
    for (const relay of [fromService, fromLan]) relay[Symbol.dispose]()
  })
  const cluster = realpathSync(join(data, 'postgres/cluster'))
  const socket = encodeURIComponent(join(data, 'postgres/socket'))
  const sql: Bench['sql'] = async (text) => {
    const registry = openRegistry({ url: `postgresql://eims@localhost/eims?host=${socket}&port=5432`, poolSize: 1 })
    return registry.db.$queryRawUnsafe<never[]>(text).finally(() => registry.close())
  }
  const registry = openRegistry({ url: `postgresql://eims@localhost/eims?host=${socket}&port=5432` })
  const { db } = registry
  const image = await createImage(db, { name: 'image', architecture: 'x86_64', format: 'raw' })
  const digest = 'a'.repeat(64)
  await finishImage(db, image.id, {
    sourceSha256: digest,
    rawSha256: digest,
    manifestSha256: digest,
    rawSize: 4096,
    frameCount: 1,
    storedSize: 100,
  })
  // The image is a row alone: of its pieces a mirror is said to have them, or no run would be begun.
  await db.site.updateMany({ data: { mirrors: ['http://mirror.invalid'] } })
  await createProfile(db, (await getSite(db)).id, ProfileInput.parse({ name: 'standard', image: 'image' }))
  await patchSite(db, { defaultProfile: 'standard' })
  await registry.close()
  return {
    service,
    admin: (path, { headers, ...ask } = {}) =>
      fromService.ask(`${local.url}${path}`, { ...ask, headers: { authorization: `Bearer ${local.key}`, ...headers } }),
    machine: (path, ask = {}) => fromLan.ask(`http://192.168.77.1:7480${path}`, ask),
    follow() {
      const child = lan.service.spawn(launcher, ['events', '--data', data], { stdio: ['ignore', 'pipe', 'inherit'] })
      t.teardown(() => void child.kill())
      let said = ''
      child.stdout!.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
      return () => said
    },
    postgres: () => processesIn(cluster),
    sql,
  }
}

/** Every process of PostgreSQL changes into its data directory and stays there. */
function processesIn(cluster: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const inside = pids.filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === cluster
    } catch {
      return false
    }
  })
  const file = join(cluster, 'postmaster.pid')
  const [postmaster] = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  return inside.map(Number).sort((a, b) => Number(b === Number(postmaster)) - Number(a === Number(postmaster)))
}

/** After a refusal. */
const PAUSE_MS = 200

/** Writers that go on until they are told to stop, and what each of their writes was answered. */
export interface Load {
  registrations: { serial: string; key: string; reply: Reply }[]
  /** log lines that agents reported */
  reports: { text: string; reply: Reply }[]
  /** resolves when no writer waits for a reply any more */
  stop: () => Promise<void>
}

/**
 * @param name of this load: its serials begin with it
 * @param count of writers that register nodes, and of agents that report
 */
export async function startLoad(bench: Bench, name: string, count: { writers: number; agents: number }): Promise<Load> {
  const registrations: Load['registrations'] = []
  const reports: Load['reports'] = []
  let stopped = false
  let number = 0
  const register = async () => {
    while (!stopped) {
      const serial = `${name}-${String(++number).padStart(5, '0')}`
      const key = `key-${serial}`
      const reply = await registerNode(bench, serial, key)
      registrations.push({ serial, key, reply })
      if (reply.status !== 201) await sleep(PAUSE_MS)
    }
  }
  const report = async (agent: Agent, each: number) => {
    for (let seq = 1; !stopped; seq++) {
      const text = `agent ${each} line ${seq}`
      const reply = await reportLine(bench, agent, seq, text)
      reports.push({ text, reply })
      if (reply.status !== 200) await sleep(PAUSE_MS)
    }
  }
  const agents: Agent[] = []
  for (let each = 1; each <= count.agents; each++) agents.push(await onboard(bench, each))
  const running = [...Array.from({ length: count.writers }, register), ...agents.map(report)]
  return {
    registrations,
    reports,
    async stop() {
      stopped = true
      await Promise.all(running)
    },
  }
}

/** POST of one node; the same serial and key again are the same request. */
export const registerNode = (bench: Bench, serial: string, key: string): Promise<Reply> =>
  bench.admin('/api/v1/nodes', { method: 'POST', headers: { 'idempotency-key': key }, body: { serial } })

export interface Agent {
  session: string
  attempt: { runId: string; actionId: string; attempt: number }
}

export function reportLine(bench: Bench, { session, attempt }: Agent, seq: number, text: string): Promise<Reply> {
  const log = [{ at: new Date(seq).toISOString(), stream: 'agent', text }]
  return bench.machine('/agent/v1/report', {
    method: 'POST',
    headers: { authorization: `Bearer ${session}` },
    body: {
      ...attempt,
      seq,
      state: 'RUNNING',
      progress: 0.5,
      message: null,
      reason: null,
      exitCode: null,
      log,
      result: null,
    },
  })
}

export const bootScript = (bench: Bench, mac: string): Promise<Reply> =>
  bench.machine(`/boot/script?arch=x86_64&platform=efi&mac=${mac}`)

/** A machine that boots, introduces itself and gets its first action. */
export async function onboard(bench: Bench, each: number): Promise<Agent> {
  const mac = `52:54:00:aa:00:${String(each).padStart(2, '0')}`
  const url = /^initrd --name site \S+?(\/boot\/\S+)/m.exec((await bootScript(bench, mac)).text)?.[1]
  const archive = await bench.machine(url ?? '/none')
  const { bootToken } = JSON.parse(/\{.*\}/s.exec(archive.text)?.[0] ?? '{}') as { bootToken: string }
  const post = async <T>(path: string, body: object, token?: string): Promise<T> => {
    const headers = token ? { authorization: `Bearer ${token}` } : {}
    const { status, text } = await bench.machine(path, { method: 'POST', headers, body })
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`)
    return JSON.parse(text) as T
  }
  const disk = {
    path: '/dev/vda',
    size: 2 ** 31,
    sectorSize: 512,
    transport: 'virtio',
    removable: false,
    readOnly: false,
    model: null,
    serial: null,
    wwn: null,
    content: { blank: true, found: null },
  }
  const inventory = {
    architecture: 'x86_64',
    firmware: 'uefi',
    secureBoot: false,
    cpuModel: 'a cpu',
    cpuCount: 1,
    memory: 2 ** 30,
    biosVendor: null,
    biosVersion: null,
    nics: [],
    missingFirmware: [],
    disks: [disk],
  }
  const agentKey = randomBytes(32).toString('hex')
  const identity = { macs: [mac] }
  const { session } = await post<{ session: string }>('/agent/v1/onboard', {
    bootToken,
    agentKey,
    identity,
    inventory,
    agentVersion: '0.1.0',
  })
  const next = await post<{ runId: string; action: { id: string }; attempt: number }>(
    '/agent/v1/next',
    { waitSeconds: 10 },
    session,
  )
  return { session, attempt: { runId: next.runId, actionId: next.action.id, attempt: next.attempt } }
}

/** Calls until the reply is wanted. */
export async function until(ask: () => Promise<Reply>, wanted: (reply: Reply) => boolean): Promise<Reply> {
  for (;;) {
    const reply = await ask()
    if (wanted(reply)) return reply
    await sleep(100)
  }
}

export const codeOf = ({ text }: Reply): string => (JSON.parse(text) as { code: string }).code

/**
 * What holds after every fault: what was acknowledged is there, what was called not done is not, and what is unknown is
 * one of the two and told by the same Idempotency-Key.
 */
export async function nothingLost(t: Test, bench: Bench, { registrations, reports }: Load): Promise<void> {
  const stored = async () =>
    new Set(
      (await bench.sql<{ shown: string }>(`select shown from node_identifier where kind = 'serial'`)).map(
        (row) => row.shown,
      ),
    )
  const kept = await stored()
  const acknowledged = registrations.filter(({ reply }) => reply.status === 201)
  const others = registrations.filter(({ reply }) => reply.status !== 201)
  const known = new Set(['database-down', 'busy'])
  const lines = new Set((await bench.sql<{ text: string }>(`select text from log`)).map(({ text }) => text))
  const unacknowledged = reports.filter(({ reply }) => reply.status !== 200)
  for (const { reply } of [...others, ...unacknowledged])
    if (!known.has(codeOf(reply)) && codeOf(reply) !== 'outcome-unknown') t.fail('an honest answer', { reply })
  t.comment(
    `registrations: ${acknowledged.length} acknowledged, ${others.map(({ reply }) => codeOf(reply)).join(' ')}; ` +
      `reports: ${reports.length - unacknowledged.length} acknowledged, ${unacknowledged.map(({ reply }) => codeOf(reply)).join(' ')}`,
  )
  const missing = acknowledged.filter(({ serial }) => !kept.has(serial))
  t.strictSame(missing, [], `${acknowledged.length} acknowledged registrations are there`)
  const done = others.filter(({ serial, reply }) => known.has(codeOf(reply)) && kept.has(serial))
  t.strictSame(done, [], 'what was called not done was not done')
  const told = reports.filter(({ reply }) => reply.status === 200)
  t.strictSame(
    told.filter(({ text }) => !lines.has(text)),
    [],
    `${told.length} acknowledged reports are there`,
  )
  for (const { serial, key, reply } of others) {
    const again = await registerNode(bench, serial, key)
    const wanted = kept.has(serial) ? 409 : 201
    t.equal(again.status, wanted, `${serial}, told as ${codeOf(reply)}, repeated: ${again.text.slice(0, 200)}`)
  }
  const serials = await bench.sql<{ shown: string }>(`select shown from node_identifier where kind = 'serial'`)
  const wanted = new Set(registrations.map(({ serial }) => serial))
  t.equal(serials.filter(({ shown }) => wanted.has(shown)).length, registrations.length, 'each is there once')
}
