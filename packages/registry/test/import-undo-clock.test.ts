import { NodeInput } from '@eims/contracts'
import t from 'tap'
import { appendEvents, createNode, newId, undoImport } from '../src/index.ts'
import { type FreshDatabase, startDatabases } from './fresh-database.ts'
import { importing } from './importing.ts'

// Promise: what touched a machine since its import is seen, also when the clock was set back in between.

const fresh = await startDatabases(t)
const mac = '52:54:00:00:00:01'
const anHourAgo = () => Date.now() - 3_600_000

/** What is written after the clock was set back by an hour. */
const touches: Record<string, (site: FreshDatabase, nodeId: string) => Promise<unknown>> = {
  'seen by DHCP': ({ db }) => appendEvents(db, [{ kind: 'dhcp.discover', mac, message: 'x', at: anHourAgo() }]),
  'told of in its firmware': ({ db }, nodeId) =>
    appendEvents(db, [{ kind: 'boot.decision', nodeId, message: 'x', at: anHourAgo() }]),
  'given a run': ({ db }, nodeId) => appendEvents(db, [{ kind: 'run.created', nodeId, message: 'x', at: anHourAgo() }]),
}
const booting = ({ db }: FreshDatabase, nodeId: string) =>
  db.bootSession.create({
    data: {
      id: newId(),
      nodeId,
      tokenHash: 'x',
      identity: {},
      createdAt: new Date(anHourAgo()),
      expiresAt: new Date(),
    },
  })

for (const kind of ['created', 'changed'] as const)
  for (const [what, touch] of Object.entries({ ...touches, ...(kind === 'created' ? { booting } : {}) }))
    await t.test(`${kind}, then ${what}`, async (t) => {
      const site = await fresh(t)
      const { db, registry, siteId } = site
      if (kind === 'changed')
        for (const name of ['touched', 'other'])
          await createNode(db, {
            input: NodeInput.parse({ name, serial: `SN-${name}` }),
            registered: true,
            actor: 'ann',
            siteId,
          })
      // Seen before the import: that touches nothing.
      await appendEvents(db, [{ kind: 'dhcp.discover', mac, message: 'x', at: anHourAgo() }])
      await importing(site, 'import-1', [
        { serial: 'SN-touched', name: 'touched', mac, product: 'new' },
        { serial: 'SN-other', name: 'other', product: 'new' },
      ])
      const undo = (dryRun: boolean) => undoImport(registry, 'import-1', { actor: 'bob', dryRun })
      t.match(await undo(true), { left: 0 })
      await touch(site, (await db.node.findFirstOrThrow({ where: { name: 'touched' } })).id)
      const reason = what === 'given a run' ? 'run' : 'seen'
      t.match(await undo(false), { left: 1, because: [{ kind, reason, names: ['touched'] }] })
    })
