import type { CallInput, PublicAccount } from '@eims/contracts'
import { command, one } from '../command.ts'
import { confirm, yesFlag } from '../confirm.ts'
import { formatFlags, type Listing, printList } from '../listing.ts'
import { defined } from '../needed.ts'
import { clock, fields } from '../output.ts'
import { listFlags } from '../pages.ts'
import { Refusal } from '../refusal.ts'
import type { Screen } from '../screen.ts'
import { accountFlags, sshKeys } from '../ssh-keys.ts'

const describe = (account: PublicAccount, screen?: Screen) =>
  fields(
    [
      ['name', account.name],
      ['user name', account.userName],
      ['password', account.hasPassword ? 'set' : 'none'],
      ...account.sshKeys.map((key, index): [string, string] => [index === 0 ? 'SSH keys' : '', shortKey(key)]),
      ...(account.sshKeys.length === 0 ? ([['SSH keys', null]] as [string, null][]) : []),
      ['made', clock(account.createdAt)],
    ],
    screen,
  )

/** Kind, the last characters of the key itself, and whose it is. */
function shortKey(key: string): string {
  const [kind, blob = '', ...comment] = key.split(/\s+/)
  return [kind, `…${blob.slice(-12)}`, ...comment].join(' ')
}

const which =
  'A machine gets its own account (nodes set --account), else the one in its profile, else the site’s (site set --default-account).'

const add = command({
  name: 'accounts add',
  summary: 'add a local account that machines can get',
  words: one('name'),
  options: accountFlags,
  about: which,
  async run({ name, values, client, show }) {
    if (!values.user) throw new Refusal('name the account on the unit with --user; see --help', 2)
    const body = defined({
      name,
      userName: values.user,
      sshKeys: values['ssh-key']?.flatMap(sshKeys),
      passwordHash: values['password-hash'] || undefined,
    })
    show(await client('addAccount', { body: body as CallInput<'addAccount'>['body'] }), describe)
  },
})

const list = command({
  name: 'accounts list',
  summary: 'list the local accounts',
  options: { ...listFlags({ filter: 'userName = ops*', orderBy: 'userName, createdAt' }), ...formatFlags('name,user') },
  run: (call) => printList(call, 'listAccounts', listing),
})

const listing: Listing<PublicAccount> = {
  none: 'no accounts\n',
  nameOf: ({ name }) => name,
  columns: [
    { name: 'name', cell: ({ name }) => name },
    { name: 'user', cell: ({ userName }) => userName },
    { name: 'ssh-keys', cell: ({ sshKeys }) => sshKeys.length },
    { name: 'password', cell: ({ hasPassword }) => (hasPassword ? 'set' : null) },
    { name: 'made', wide: true, cell: ({ createdAt }) => clock(createdAt) },
    { name: 'id', wide: true, cell: ({ id }) => id },
  ],
}

const show = command({
  name: 'accounts show',
  summary: 'one local account',
  words: one('account', undefined, 'account'),
  async run({ name, client, show }) {
    show(await client('getAccount', { params: { id: name } }), describe)
  },
})

const set = command({
  name: 'accounts set',
  summary: 'change a local account; machines that are installed keep theirs',
  words: one('account', undefined, 'account'),
  options: { name: { type: 'string', value: 'NAME', says: 'another name' }, ...accountFlags },
  about: `--ssh-key replaces all keys ("" for none). The password hash stays unless another one is given; with another
--user the account begins without. ${which}`,
  async run(call) {
    const { values, client } = call
    const keys = values['ssh-key']
    const changes = defined({
      name: values.name,
      userName: values.user,
      sshKeys: keys && (keys.length === 1 && keys[0] === '' ? [] : keys.flatMap(sshKeys)),
      passwordHash: values['password-hash'] || undefined,
    })
    if (Object.keys(changes).length === 0) throw new Refusal('nothing to change; see --help', 2)
    const params = { id: call.name }
    const was = await client('getAccount', { params })
    const body = { name: was.name, userName: was.userName, sshKeys: was.sshKeys, ...changes }
    call.show(await client('putAccount', { params, body }), describe)
  },
})

const remove = command({
  name: 'accounts delete',
  summary: 'remove a local account that nothing uses',
  words: one('account', undefined, 'account'),
  options: yesFlag,
  async run({ name, values, client }) {
    await confirm(`The account ${name} will be removed; units that have it keep it.`, values)
    await client('deleteAccount', { params: { id: name } })
  },
})

export const accountVerbs = [add, list, show, set, remove]
