import { join } from 'node:path'
import t from 'tap'
import { createSshKey, Lan, waitForSsh } from '../src/index.ts'
import { sshArguments } from '../src/ssh.ts'

await t.test("the client's arguments", async (t) => {
  const key = { privateKeyFile: '/k/id_ed25519', publicKey: '' }
  t.same(sshArguments({ address: '192.168.77.101', user: 'ops', key }), [
    '-F',
    'none',
    '-i',
    '/k/id_ed25519',
    '-o',
    'BatchMode=yes',
    '-o',
    'ConnectTimeout=10',
    '-o',
    'IdentitiesOnly=yes',
    '-o',
    'LogLevel=ERROR',
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'UserKnownHostsFile=/dev/null',
    'ops@192.168.77.101',
  ])
})

await t.test('a key for one admin, and a machine that does not let us in', async (t) => {
  const dir = t.testdir()
  const key = await createSshKey(dir)
  t.match(key.publicKey, /^ssh-ed25519 [A-Za-z0-9+/=]+ admin@bench$/)
  t.equal(key.privateKeyFile, join(dir, 'id_ed25519'))
  await using lan = await Lan.create({ name: 'ssh-test' })
  const target = { namespace: lan.site, address: '192.168.77.1', user: 'ops', key }
  await t.rejects(waitForSsh(target, 1), { message: /no SSH login at ops@192.168.77.1/, cause: { code: 255 } })
})
