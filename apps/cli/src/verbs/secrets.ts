import { bytes, counted, type Secret, unlessMissing } from '@eims/contracts'
import { command, one } from '../command.ts'
import { confirm, yesFlag } from '../confirm.ts'
import { formatFlags, type Listing, printList } from '../listing.ts'
import { clock, fields, table } from '../output.ts'
import { listFlags } from '../pages.ts'
import { Refusal } from '../refusal.ts'
import type { Screen } from '../screen.ts'
import { givenValues } from '../secret-values.ts'

const describe = ({ name, keys, createdAt, updatedAt }: Secret, screen?: Screen) =>
  `${fields(
    [
      ['name', name],
      ['made', clock(createdAt)],
      ['changed', clock(updatedAt)],
    ],
    screen,
  )}\n${table(
    ['KEY', 'BYTES'],
    keys.map(({ key, bytes: length }) => [key, String(length)]),
    screen,
  )}`

const set = command({
  name: 'secrets set',
  summary: 'set values of a secret that config-files name',
  words: {
    usage: 'NAME KEY=@FILE|KEY=-...',
    what: 'word',
    says: 'the secret, and each key with the file that holds its value (- for standard input)',
    names: 'secret',
    least: 1,
    most: 65,
  },
  options: { remove: { type: 'string', multiple: true, value: 'KEY', says: 'a key to take away' } },
  about: `
The secret is made if it is not there; its other keys stay.

  ./eims secrets set registry-login registries.yaml=@registries.yaml

Of it a config-file takes a file of its cluster:

  files:
    - path: /etc/rancher/k3s/registries.yaml
      contentFrom: { secret: { name: registry-login, key: registries.yaml } }

A value is text of at most 128 KiB (others as base64, the file with encoding: base64). No value comes out again:
keep the files. Units that are installed keep what they have.`,
  async run({ words: [name = '', ...words], values, client, show }) {
    const removed = Object.fromEntries((values.remove ?? []).map((key) => [key, null]))
    const given = givenValues(words)
    if (words.length + Object.keys(removed).length === 0) throw new Refusal('nothing to set; see --help', 2)
    const patched = client('patchSecret', { params: { id: name }, body: { values: { ...given, ...removed } } })
    const changed = await (words.length > 0 ? patched.catch(unlessMissing) : patched)
    show(changed ?? (await client('addSecret', { body: { name, values: given } })), describe)
  },
})

const listing: Listing<Secret> = {
  none: 'no secrets\n',
  nameOf: ({ name }) => name,
  columns: [
    { name: 'name', cell: ({ name }) => name },
    { name: 'keys', yields: 1, cell: ({ keys }) => keys.map(({ key }) => key).join(', ') },
    { name: 'size', cell: ({ keys }) => bytes(keys.reduce((sum, each) => sum + each.bytes, 0)) },
    { name: 'changed', cell: ({ updatedAt }) => clock(updatedAt) },
    { name: 'made', wide: true, cell: ({ createdAt }) => clock(createdAt) },
    { name: 'id', wide: true, cell: ({ id }) => id },
  ],
}

const list = command({
  name: 'secrets list',
  summary: 'list the secrets, without their values',
  options: { ...listFlags({ filter: 'name = site-*', orderBy: 'name' }), ...formatFlags('name,keys') },
  run: (call) => printList(call, 'listSecrets', listing),
})

const show = command({
  name: 'secrets show',
  summary: 'one secret: its keys and their sizes',
  words: one('secret', undefined, 'secret'),
  async run({ name, client, show: print }) {
    print(await client('getSecret', { params: { id: name } }), describe)
  },
})

const remove = command({
  name: 'secrets delete',
  summary: 'remove a secret that no config-file names',
  words: one('secret', undefined, 'secret'),
  options: yesFlag,
  async run({ name, values, client }) {
    const { keys } = await client('getSecret', { params: { id: name } })
    await confirm(`The secret ${name} with ${counted(keys.length, 'key')} will be removed.`, values)
    await client('deleteSecret', { params: { id: name } })
  },
})

export const secretVerbs = [set, list, show, remove]
