import { NodeInput } from '@eims/contracts'
import t from 'tap'
import { createNode, netbootExceptions, patchNode } from '../src/index.ts'
import { startDatabases } from './fresh-database.ts'

const fresh = await startDatabases(t)
const uuid = '33221100-5544-7766-8899-aabbccddeeff'
const macs = ['52:54:00:aa:00:01', '52:54:00:aa:00:02']

await t.test('only nodes that are answered otherwise are kept at hand, with every MAC and UUID', async (t) => {
  const { db, siteId } = await fresh(t)
  const add = (input: object) =>
    createNode(db, { input: NodeInput.parse(input), registered: true, actor: 'ann', siteId })
  await add({ name: 'usual', serial: 'SN-0', product: 'NUC 13 Pro' })
  await add({ name: 'denied', uuid, macs, netbootPolicy: 'denied' })
  await add({ name: 'local', serial: 'SN-1', netbootPolicy: 'local' })
  await add({ name: 'own-file', macs: ['52:54:00:aa:00:03'], bootFile: 'ipxe-amd64.efi' })
  await add({ name: 'signed', serial: 'SN-2', manufacturer: 'Supermicro', product: 'SYS-E100', secureBoot: 'on' })
  const denied = {
    name: 'denied',
    state: 'REGISTERED',
    netbootPolicy: 'denied',
    bootFile: null,
    secureBoot: null,
    manufacturer: null,
    product: null,
    macs,
    uuids: ['00112233-4455-6677-8899-aabbccddeeff'],
  }
  const local = {
    name: 'local',
    state: 'REGISTERED',
    netbootPolicy: 'local',
    bootFile: null,
    secureBoot: null,
    manufacturer: null,
    product: null,
    macs: [],
    uuids: [],
  }
  const own = {
    name: 'own-file',
    state: 'REGISTERED',
    netbootPolicy: 'allowed',
    bootFile: 'ipxe-amd64.efi',
    secureBoot: null,
    manufacturer: null,
    product: null,
    macs: ['52:54:00:aa:00:03'],
    uuids: [],
  }
  const signed = {
    name: 'signed',
    state: 'REGISTERED',
    netbootPolicy: 'allowed',
    bootFile: null,
    secureBoot: 'on',
    manufacturer: 'Supermicro',
    product: 'SYS-E100',
    macs: [],
    uuids: [],
  }
  t.strictSame(await netbootExceptions(db), [denied, local, own, signed])
  await patchNode(db, 'denied', { netbootPolicy: 'allowed' }, 'ann')
  await patchNode(db, 'own-file', { bootFile: null }, 'ann')
  await patchNode(db, 'signed', { secureBoot: null }, 'ann')
  t.strictSame(await netbootExceptions(db), [local])
})

await t.test('nodes of a product come along when the site has a boot file for it', async (t) => {
  const { db, siteId } = await fresh(t)
  for (const [name, product] of [
    ['a', 'NUC 13 Pro'],
    ['b', 'nuc 13 pro'],
    ['c', 'NUC 12'],
    ['d', '100% _PC'],
    ['e', '100x PC'],
  ] as const)
    await createNode(db, {
      input: NodeInput.parse({ name, serial: `SN-${name}`, product }),
      registered: true,
      actor: 'ann',
      siteId,
    })
  const named = async (...products: string[]) => (await netbootExceptions(db, products)).map(({ name }) => name)
  t.strictSame(await named('NUC 13 Pro'), ['a', 'b'])
  t.strictSame(await named('NUC 1*'), ['a', 'b', 'c'])
  t.strictSame(await named('NUC'), [], 'the whole name counts')
  t.strictSame(await named('100% _PC'), ['d'], 'only * has a meaning')
  t.strictSame(await named('NUC 12', '*PC'), ['c', 'd', 'e'])
})

await t.test('a site that has no boot files for products does not read every node for it', async (t) => {
  const { db, siteId } = await fresh(t)
  await db.$executeRaw`
    insert into node (id, site_id, name, product, registered, state, desired_state, status, status_indicator, netboot_policy)
    select 'n' || i, ${siteId}, 'n' || i, 'Board ' || i, true, 'REGISTERED', 'ONBOARDED', '{"code":"registered","slots":{}}', 'IDLE',
           case when i % 5000 = 0 then 'denied' else 'allowed' end
      from generate_series(1, 20000) as i`
  await db.$executeRaw`analyze node`
  const scansOf = (...products: string[]) =>
    db.$transaction(async (tx) => {
      const found = await netbootExceptions(tx, products)
      const [scans] = await tx.$queryRaw<{ all: number }[]>`
        select seq_scan::int as all from pg_stat_xact_user_tables where relname = 'node'`
      return [found.length, scans?.all]
    })
  t.strictSame(await scansOf(), [4, 0])
  t.strictSame(await scansOf('NUC 13 Pro'), [4, 0], 'nor for a whole name, as models are remembered by')
  t.strictSame(await scansOf('NUC*'), [4, 1])
})
