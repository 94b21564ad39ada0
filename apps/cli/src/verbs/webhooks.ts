import type { Webhook } from '@eims/contracts'
import { command, one } from '../command.ts'
import { confirm, yesFlag } from '../confirm.ts'
import { formatFlags, type Listing, printList } from '../listing.ts'
import { defined } from '../needed.ts'
import { clock, fields } from '../output.ts'
import { listFlags } from '../pages.ts'
import { Refusal } from '../refusal.ts'

const YES_NO = ['yes', 'no'] as const

const kindsFlag = {
  kind: { type: 'string', value: 'KINDS', says: 'only such, separated by commas: run.ended,instance.*; "" for all' },
} as const
const kindsOf = (text: string | undefined) =>
  text
    ?.split(',')
    .map((kind) => kind.trim())
    .filter(Boolean)

const signedBy = `Each delivery is one event as JSON, signed as the Standard Webhooks specification says (docs/rest.md).`

const add = command({
  name: 'webhooks add',
  summary: 'have a URL told of events from now on; its secret is shown once',
  usage: 'NAME --url URL [OPTIONS]',
  words: one('name'),
  options: {
    url: { type: 'string', value: 'URL', says: 'http or https, not on loopback' },
    ...kindsFlag,
  },
  about: signedBy,
  async run({ name, values, client, show }) {
    if (!values.url) throw new Refusal('say with --url who is to be told; see --help', 2)
    const body = defined({ name, url: values.url, kinds: kindsOf(values.kind) })
    show(
      await client('addWebhook', { body: body as { name: string; url: string } }),
      ({ secret }) => `${secret}\n\nThe secret of ${name}, for its receiver. It is not shown again.\n`,
    )
  },
})

const stateOf = ({ enabled, givenUpAt, failingSince }: Webhook): string => {
  if (!enabled) return givenUpAt === null ? 'disabled' : 'given up'
  return failingSince === null ? 'in order' : 'failing'
}
const tint = (state: string) => (state === 'in order' ? 'good' : state === 'disabled' ? 'dim' : 'bad')

const list = command({
  name: 'webhooks list',
  summary: 'list the webhooks, without their secrets',
  options: {
    ...listFlags({ filter: 'enabled = true', orderBy: 'name' }),
    ...formatFlags('name,state,url'),
  },
  run: (call) => printList(call, 'listWebhooks', listing),
})

const listing: Listing<Webhook> = {
  none: 'no webhooks\n',
  nameOf: ({ name }) => name,
  columns: [
    { name: 'name', cell: ({ name }) => name },
    { name: 'state', cell: stateOf, tint },
    { name: 'backlog', cell: ({ backlog }) => backlog },
    { name: 'kinds', yields: 2, cell: ({ kinds }) => kinds.join(',') || 'all' },
    { name: 'last-success', yields: 3, cell: ({ lastSuccessAt }) => clock(lastSuccessAt) },
    { name: 'url', yields: 1, cell: ({ url }) => url },
    { name: 'id', wide: true, cell: ({ id }) => id },
    { name: 'made', wide: true, cell: ({ createdAt }) => clock(createdAt) },
  ],
}

const describe = (webhook: Webhook, screen?: Parameters<typeof fields>[1]) =>
  fields(
    [
      ['name', webhook.name],
      ['id', webhook.id],
      ['url', webhook.url],
      ['kinds', webhook.kinds.join(', ') || 'all'],
      ['state', stateOf(webhook)],
      ['backlog', webhook.backlog],
      ['last success', clock(webhook.lastSuccessAt)],
      ['last failure', clock(webhook.lastFailureAt)],
      ['because', webhook.lastFailure],
      ['failing since', clock(webhook.failingSince)],
      ['failed in a row', webhook.attempts || null],
      ['next attempt', clock(webhook.nextAttemptAt)],
      ['given up', clock(webhook.givenUpAt)],
      ['disabled because', webhook.disabledWhy],
      ['made', clock(webhook.createdAt)],
    ],
    screen,
  )

const show = command({
  name: 'webhooks show',
  summary: 'one webhook: its last success and failure, and how many events it is still to get',
  words: one('webhook', 'its name or id', 'webhook'),
  async run({ name, client, show }) {
    show(await client('getWebhook', { params: { id: name } }), describe)
  },
})

const set = command({
  name: 'webhooks set',
  summary: 'change a webhook; what it had not got yet, it gets',
  words: one('webhook', 'its name or id', 'webhook'),
  options: {
    name: { type: 'string', value: 'NAME', says: 'another name' },
    url: { type: 'string', value: 'URL', says: 'another URL' },
    ...kindsFlag,
    enabled: { type: 'string', oneOf: YES_NO, value: 'yes|no', says: 'no: nothing is sent until yes' },
  },
  about: 'For another secret delete it and add it again.',
  async run({ name, values, client, show }) {
    const body = defined({
      name: values.name,
      url: values.url,
      kinds: kindsOf(values.kind),
      enabled: values.enabled === undefined ? undefined : values.enabled === 'yes',
    })
    if (Object.keys(body).length === 0) throw new Refusal('nothing to change; see --help', 2)
    show(await client('patchWebhook', { params: { id: name }, body: body as object }), describe)
  },
})

const remove = command({
  name: 'webhooks delete',
  summary: 'remove a webhook; what it had not got, nobody gets',
  words: one('webhook', 'its name or id', 'webhook'),
  options: yesFlag,
  async run({ name, values, client }) {
    await confirm(`The webhook ${name} will be told nothing any more.`, values)
    await client('deleteWebhook', { params: { id: name } })
  },
})

const test = command({
  name: 'webhooks test',
  summary: 'send a webhook one event of the kind webhook.tested now, and say how that went',
  words: one('webhook', 'its name or id', 'webhook'),
  about: `Also while it is disabled, and whatever its kinds. ${signedBy}`,
  async run({ name, client, show }) {
    const outcome = await client('testWebhook', { params: { id: name } })
    show(outcome, ({ status, milliseconds }) =>
      outcome.delivered ? `delivered: it answered ${status} after ${milliseconds} ms\n` : `not delivered\n`,
    )
    if (!outcome.delivered) throw new Refusal(`${name}: ${outcome.reason}`)
  },
})

export const webhookVerbs = [add, list, show, set, remove, test]
