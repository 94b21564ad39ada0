import t from 'tap'
import { broughtForward } from './older-version.ts'

// One promise: what an older version had on record identifies its node as before, whoever said it.

const STEP = '0010_provisional_identifiers'
const rows = `
  insert into site (id, name, signing_key) values ('s1', 'warehouse', decode(repeat('ab', 32), 'hex'));
  insert into node (id, site_id, name, registered, state, desired_state, status, status_indicator)
    values ('n1', 's1', 'one', true, 'ONBOARDED', 'ONBOARDED', '{"code": "onboarded", "slots": {}}', 'IDLE');
  insert into node_identifier (id, node_id, kind, value, shown)
    values ('i1', 'n1', 'serial', 'sn-1', 'SN-1'), ('i2', 'n1', 'mac', '52:54:00:aa:00:01', '52:54:00:aa:00:01')`

await t.test('no identifier of an older version is provisional', async (t) => {
  const { applied, client } = await broughtForward(t, STEP, rows)
  t.strictSame(applied, [STEP])
  const { rows: found } = await client.query('select id from node_identifier where not provisional order by id')
  t.strictSame(found, [{ id: 'i1' }, { id: 'i2' }])
})
