import t from 'tap'
import { broughtForward } from './older-version.ts'

// One promise: sentences that an older version stored are reasons afterwards: `told`, or the code of the few that
// programs looked for. A person's hold stays; what a machine waited for is forgotten, for it is judged anew.

const STEP = '0006_reasons'
const rows = `
  insert into site (id, name, signing_key) values ('s1', 'warehouse', decode(repeat('ab', 32), 'hex'));
  insert into image (id, name, architecture, format, state, reason) values
    ('i1', 'debian', 'x86_64', 'raw', 'failed', 'the disk is full'), ('i2', 'other', 'x86_64', 'raw', 'converting', null);
  insert into node (id, site_id, name, registered, state, desired_state, status_text, status_indicator, hold_reason, held_reason)
  select 'n' || row_number() over (), 's1', 'n' || row_number() over (), true, state, 'ONBOARDED', text, 'IDLE', hold, held
    from (values ('REGISTERED', 'Registered, not seen yet', null, null),
                 ('REGISTERED', 'held', 'stays on the bench', 'stays on the bench'),
                 ('ONBOARDED', 'held', null, 'image debian is still being converted'),
                 ('ONBOARDED', 'released', null, null),
                 ('REGISTERED', 'Discovered', null, null),
                 ('ONBOARDED', 'will be provisioned', null, null),
                 ('ONBOARDED', 'not heard of since 2026-11-01T10:00:00Z', null, null),
                 ('ONBOARDED', 'writing the image, 40 %', null, null)) as old (state, text, hold, held);
  insert into instance (id, node_id, state, desired_state, status_text, status_indicator, os_version)
    values ('o1', 'n1', 'RUNNING', 'RUNNING', 'Debian 12 runs', 'IDLE', 'Debian 12'),
           ('o2', 'n2', 'PROVISIONED', 'RUNNING', 'the OS did not report itself in time', 'ERROR', null),
           ('o3', 'n3', 'PROVISIONING', 'RUNNING', repeat('long ', 2000), 'ERROR', null);
  insert into run (id, node_id, instance_id, state, reason)
    values ('r1', 'n1', 'o1', 'FAILED', 'no disk fits'), ('r2', 'n2', 'o2', 'SUCCEEDED', null);
  insert into action (run_id, id, position, name, definition, state) values ('r1', 'write-image', 0, 'write-image', '{}', 'FAILED');
  insert into attempt (run_id, action_id, number, state, session_id, started_at, lease_until, message) values
    ('r1', 'write-image', 1, 'FAILED', 's', '2026-11-01', '2026-11-01', 'qemu-img: no'),
    ('r1', 'write-image', 2, 'RUNNING', 's', '2026-11-01', '2026-11-01', null)`

const told = (text: string) => ({ code: 'told', slots: { text } })
const plain = (code: string) => ({ code, slots: {} })

await t.test('a sentence becomes a reason, and nothing is lost', async (t) => {
  const { applied, client } = await broughtForward(t, STEP, rows)
  t.strictSame(applied, [STEP])
  const all = async (sql: string) => (await client.query({ text: sql, rowMode: 'array' })).rows
  t.strictSame(await all('select name, status, hold from node order by name'), [
    ['n1', plain('registered'), null],
    ['n2', plain('registered'), 'stays on the bench'],
    ['n3', plain('onboarded'), null],
    ['n4', plain('onboarded'), null],
    ['n5', plain('discovered'), null],
    ['n6', plain('will-be-provisioned'), null],
    ['n7', { code: 'silent', slots: { since: '2026-11-01T10:00:00Z' } }, null],
    ['n8', told('writing the image, 40 %'), null],
  ])
  t.strictSame(await all('select status from instance order by id'), [
    [{ code: 'os-runs', slots: { os: 'Debian 12' } }],
    [plain('no-report-in-time')],
    [told('long '.repeat(2000).slice(0, 4096))],
  ])
  t.strictSame(await all('select reason from run order by id'), [[told('no disk fits')], [null]])
  t.strictSame(await all('select reason from image order by id'), [[told('the disk is full')], [null]])
  t.strictSame(await all('select reason from attempt order by number'), [[told('qemu-img: no')], [null]])
})
