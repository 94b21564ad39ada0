import t from 'tap'
import { broughtForward } from './older-version.ts'

// One promise: audit entries of an older version, whose subject was an id here and a name there, have both afterwards.

/** Of node n1, created as pos-1 and renamed to till-1, n2 with the name that n1 had, n3, which is gone, and the rest. */
const rows = `
  insert into site (id, name, signing_key) values ('s1', 'warehouse', decode(repeat('ab', 32), 'hex'));
  insert into image (id, name, architecture, format, state, created_at)
    values ('i1', 'debian', 'x86_64', 'raw', 'converting', '2026-01-01'), ('i2', 'gone', 'x86_64', 'raw', 'converting', '2026-03-01');
  insert into profile (id, site_id, name, image_id, architecture, finish, overwrite, phone_home_timeout, created_at)
    values ('p1', 's1', 'standard', 'i1', 'x86_64', 'reboot', true, 1800, '2026-01-01');
  insert into node (id, site_id, name, registered, state, desired_state, status_text, status_indicator, created_at)
    values ('n1', 's1', 'till-1', true, 'ONBOARDED', 'ONBOARDED', '', 'IDLE', '2026-01-01'),
           ('n2', 's1', 'pos-1', true, 'REGISTERED', 'ONBOARDED', '', 'IDLE', '2026-01-09');
  insert into instance (id, node_id, state, desired_state, status_text, status_indicator)
    values ('o1', 'n1', 'RUNNING', 'RUNNING', '', 'IDLE');
  insert into audit (at, actor, action, subject, before, after) values
    ('2026-01-01', 'ann', 'node.create', 'n1', null, '{"name": "pos-1"}'),
    ('2026-01-02', 'ann', 'node.provision', 'pos-1', '{"instance": null}', '{"instance": {"id": "o1"}}'),
    ('2026-01-03', 'ann', 'node.cancel', 'pos-1', null, null),
    ('2026-01-04', 'ann', 'node.patch', 'n1', '{"name": "pos-1"}', '{"name": "till-1"}'),
    ('2026-01-05', 'ann', 'node.hold', 'n1', '{"hold": null}', null),
    ('2026-01-06', 'ann', 'node.merge', 'n1', '{"into": {"name": "till-1"}, "from": {"name": "x"}}', '{}'),
    ('2026-01-07', 'ann', 'node.split', 'n1', '{"node": {"name": "till-1"}}', '{"id": "n9", "name": "y"}'),
    ('2026-01-10', 'ann', 'node.retry', 'pos-1', null, null),
    ('2026-01-11', 'ann', 'node.release', 'n3', '{"hold": "x"}', null),
    ('2026-01-12', 'ann', 'node.delete', 'n3', '{"name": "pos-3"}', null),
    ('2026-01-13', 'ann', 'node.release', 'n4', '{"hold": "x"}', null),
    ('2026-01-14', 'ann', 'node.reprovision', 'pos-3', null, '{"instance": {"id": "o3"}}'),
    ('2026-01-15', 'ann', 'node.import', 'import-1', null, '{"counts": {}}'),
    ('2026-02-01', 'ann', 'profile.add', 'standard', null, null),
    ('2026-02-02', 'ann', 'profile.delete', 'old', '{"id": "p0", "name": "old"}', null),
    ('2026-02-03', 'ann', 'image.add', 'debian', null, '{"name": "debian"}'),
    ('2026-02-04', 'ann', 'image.add', 'gone', null, '{"name": "gone"}'),
    ('2026-02-05', 'ann', 'site.change', 'shop', '{"id": "s1"}', '{"id": "s1", "name": "shop"}'),
    ('2026-02-06', 'ann', 'registry.backup', 'site', null, '{"images": "true"}'),
    ('2026-02-07', 'ann', 'batch.add', 'b1', null, '{"name": "lot-7"}'),
    ('2026-02-08', 'ann', 'key.revoke', 'k1', '{"name": "ci"}', null)`

await t.test('whatever stood there, it is an id and a name', async (t) => {
  const { applied, client } = await broughtForward(t, '0005_audit_subject', rows)
  t.strictSame(applied, ['0005_audit_subject'])
  const { rows: found } = await client.query('select action, subject, subject_name from audit order by id')
  t.strictSame(
    found.map(({ action, subject, subject_name }) => [action, subject, subject_name]),
    [
      ['node.create', 'n1', 'pos-1'],
      ['node.provision', 'n1', 'pos-1'],
      ['node.cancel', 'pos-1', 'pos-1'],
      ['node.patch', 'n1', 'till-1'],
      ['node.hold', 'n1', 'till-1'],
      ['node.merge', 'n1', 'till-1'],
      ['node.split', 'n1', 'till-1'],
      ['node.retry', 'n2', 'pos-1'],
      ['node.release', 'n3', 'pos-3'],
      ['node.delete', 'n3', 'pos-3'],
      ['node.release', 'n4', null],
      ['node.reprovision', 'pos-3', 'pos-3'],
      ['node.import', 'import-1', null],
      ['profile.add', 'p1', 'standard'],
      ['profile.delete', 'p0', 'old'],
      ['image.add', 'i1', 'debian'],
      ['image.add', 'gone', 'gone'],
      ['site.change', 's1', 'shop'],
      ['registry.backup', 's1', 'warehouse'],
      ['batch.add', 'b1', 'lot-7'],
      ['key.revoke', 'k1', 'ci'],
    ],
  )
})
