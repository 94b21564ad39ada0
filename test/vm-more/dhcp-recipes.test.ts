import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MESSAGE_TYPE } from '@eims/dhcp-proxy'
import { Lan, type Segment, startIscDhcpd, startKea, startSiteDhcp } from '@eims/lab'
import t from 'tap'
import { CACHE } from '../cache.ts'
import { CLIENTS, question, type Told, told } from './recipes/machines.ts'
import { recipeOf } from './recipes/page.ts'

// One promise: the recipes of docs/dhcp.md, as they stand there, make each DHCP server tell every machine what to boot.

const dir = await mkdtemp(join(tmpdir(), 'eims-recipes-'))
t.teardown(() => rm(dir, { recursive: true, force: true }))
const lan = await Lan.create({ name: 'recipes' })
t.teardown(() => lan[Symbol.asyncDispose]())

const servers = {
  dnsmasq: startSiteDhcp,
  Kea: startKea,
  'ISC dhcpd': startIscDhcpd,
}

/** Broadcasts, from the machine that would serve, each client's question; what it is told within three seconds. */
async function ask({ bridge }: Segment, questions: Uint8Array[]): Promise<Told[][]> {
  const probe = join(import.meta.dirname, '../../apps/cli/src/doctor/probe.pl')
  const input = questions.map((packet) => `${Buffer.from(packet).toString('hex')}\n`).join('')
  const { stdout } = await lan.service.exec('/usr/bin/perl', [probe, bridge, '3'], { input })
  const answers = stdout.split('\n').map((line) => Buffer.from(line.split(' ')[1] ?? '', 'hex'))
  return CLIENTS.map((_, number) => answers.flatMap((datagram) => told(datagram, number) ?? []))
}

for (const [index, [name, start]] of Object.entries(servers).entries())
  await t.test(name, { timeout: 5 * 60_000 }, async (t) => {
    const segment = await lan.addSegment(`br${index + 1}`, `192.168.${index + 81}`)
    await using _ = await start({ segment, dir, cacheDir: CACHE, recipe: recipeOf(name) })
    const offers = await ask(
      segment,
      CLIENTS.map((client, number) => question(client, number)),
    )
    const acks = await ask(
      segment,
      CLIENTS.map((client, number) => question(client, number, offers[number]?.[0])),
    )
    for (const [number, { name: client, wants }] of CLIENTS.entries()) {
      const { address, server, boot } = offers[number]?.[0] ?? {}
      const told = { address, server, boot: { ...wants, nextServer: wants.nextServer ?? boot?.nextServer } }
      t.same(offers[number], [{ type: MESSAGE_TYPE.offer, ...told }], `${client}: one OFFER`)
      t.same(acks[number], [{ type: MESSAGE_TYPE.ack, ...told }], `${client}: one ACK`)
    }
  })
