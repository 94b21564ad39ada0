import { AccountInput, NodeInput, PublicAccount } from '@eims/contracts'
import t from 'tap'
import {
  createAccount,
  createNode,
  deleteAccount,
  effectiveAccount,
  getAccount,
  patchNode,
  patchSite,
  replaceAccount,
} from '../src/index.ts'
import { startDatabases } from './fresh-database.ts'

const fresh = await startDatabases(t)
const passwordHash = '$6$salt$hash'
const account = (more: object) => AccountInput.parse({ name: 'edge', userName: 'edge', ...more })

await t.test('a password hash goes in and never comes out, and stays when nothing is said of it', async (t) => {
  const { db } = await fresh(t)
  const made = await createAccount(db, account({ passwordHash }))
  t.strictSame(PublicAccount.parse(made), made, 'the public form, and no more')
  t.match(made, { name: 'edge', userName: 'edge', sshKeys: [], hasPassword: true })
  t.notMatch(JSON.stringify(made), 'salt')
  t.match(await replaceAccount(db, 'edge', account({ name: 'floor' })), {
    id: made.id,
    name: 'floor',
    hasPassword: true,
  })
  t.match(await replaceAccount(db, 'floor', account({ userName: 'other' })), { hasPassword: false }, 'another person’s')
  await createAccount(db, account({ name: 'second' }))
  await t.rejects(createAccount(db, account({ name: 'second' })), { code: 'already-exists' })
  await t.rejects(replaceAccount(db, 'edge', account({ name: 'second' })), { code: 'already-exists' })
})

await t.test('a unit gets its node’s account, else its profile’s, else the site’s default', async (t) => {
  const { db, siteId } = await fresh(t)
  for (const name of ['own', 'fallback']) await createAccount(db, account({ name, userName: name, passwordHash }))
  const input = NodeInput.parse({ name: 'one', serial: 'SN-1' })
  const { id } = await createNode(db, { input, registered: true, actor: 'ann', siteId })
  const inProfile = { account: { userName: 'profile', sshKeys: [] } }
  t.equal(await effectiveAccount(db, id, {}), undefined)
  t.match(await effectiveAccount(db, id, inProfile), { userName: 'profile' })
  await patchSite(db, { defaultAccount: 'fallback' })
  t.strictSame(await effectiveAccount(db, id, {}), { userName: 'fallback', sshKeys: [], passwordHash })
  t.match(await effectiveAccount(db, id, inProfile), { userName: 'profile' })
  await patchNode(db, 'one', { account: 'own' }, 'ann')
  t.match(await effectiveAccount(db, id, inProfile), { userName: 'own', passwordHash })

  await t.rejects(deleteAccount(db, 'own'), { code: 'in-use', message: /node one/ })
  await t.rejects(deleteAccount(db, 'fallback'), { code: 'in-use', message: /site's default/ })
  await patchNode(db, 'one', { account: null }, 'ann')
  await deleteAccount(db, 'own')
  await t.rejects(getAccount(db, 'own'), { code: 'not-found' })
})
