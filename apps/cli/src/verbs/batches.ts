import type { Batch, CallInput } from '@eims/contracts'
import { counted } from '@eims/contracts'
import { command, one } from '../command.ts'
import { configFlag, configGiven } from '../config-flag.ts'
import { confirm, yesFlag } from '../confirm.ts'
import { formatFlags, type Listing, printList, refuseFormat, renderList } from '../listing.ts'
import { defined } from '../needed.ts'
import { clock, fields } from '../output.ts'
import { listed, listFlags, ofTotal } from '../pages.ts'
import { Refusal } from '../refusal.ts'
import type { Screen, Tint } from '../screen.ts'
import { watch, watchFlag } from '../watch.ts'

const batchFlags = {
  expected: { type: 'string', value: 'N', says: 'how many machines it should have in the end' },
  note: { type: 'string', value: 'TEXT', says: 'order number, customer, …' },
  ...configFlag,
} as const

/** "" clears. @throws Refusal */
function numberOf(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined
  if (text === '') return null
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new Refusal(`--expected is a whole number from 1 on, not "${text}"`, 2)
  return Number(text)
}

const some = (tint: Tint) => (cell: string) => (cell === '0' ? null : tint)

const listing: Listing<Batch> = {
  none: 'no batches\n',
  nameOf: ({ name }) => name,
  columns: [
    { name: 'name', cell: ({ name }) => name },
    { name: 'expected', yields: 3, cell: ({ counts }) => counts.expected },
    { name: 'registered', yields: 2, cell: ({ counts }) => counts.registered },
    { name: 'seen', yields: 1, cell: ({ counts }) => counts.seen },
    { name: 'running', yields: 4, cell: ({ counts }) => counts.running, tint: some('busy') },
    { name: 'passed', yields: 5, cell: ({ counts }) => counts.passed, tint: some('good') },
    { name: 'failed', cell: ({ counts }) => counts.failed, tint: some('bad') },
    { name: 'missing', yields: 6, cell: ({ counts }) => counts.missing, tint: some('warn') },
    { name: 'last-hour', wide: true, cell: ({ pace }) => pace.lastHour },
    { name: 'done-at', wide: true, cell: ({ pace }) => clock(pace.expectedEnd) },
    { name: 'made', wide: true, cell: ({ createdAt }) => clock(createdAt) },
    { name: 'id', wide: true, cell: ({ id }) => id },
    { name: 'note', cell: ({ note }) => note },
  ],
}

const describe = ({ name, note, createdAt, counts, pace }: Batch, screen?: Screen) =>
  fields(
    [
      ['name', name],
      ['note', note],
      ['made', clock(createdAt)],
      ['expected', counts.expected],
      ['registered', counts.registered],
      ['seen', counts.seen],
      ['running', counts.running],
      ['passed', counts.passed],
      ['failed', counts.failed],
      ['missing', counts.missing],
      ['passed within an hour', pace.lastHour],
      ['done at about', clock(pace.expectedEnd) ?? (pace.left === 0 ? null : 'no estimate yet')],
      ...(counts.alike ? [['like another one', counts.alike] as [string, number]] : []),
    ],
    screen,
  )

const add = command({
  name: 'batches add',
  summary: 'add a batch: a lot or an order, the machines that belong together',
  words: one('name'),
  options: batchFlags,
  async run({ name, values, client, show }) {
    const body = defined({
      name,
      expected: numberOf(values.expected),
      note: values.note,
      config: configGiven(values.config),
    })
    show(await client('addBatch', { body: body as CallInput<'addBatch'>['body'] }), describe)
  },
})

/** What can change how far a batch is. */
const kinds = 'batch.*,import.*,registry.*,node.*,run.*,instance.*,agent.onboarded,boot.decision,dhcp.discover'

const list = command({
  name: 'batches list',
  summary: 'list the batches and how far each is',
  options: {
    ...listFlags({ filter: 'name = lot-*', orderBy: 'name desc, createdAt' }),
    ...formatFlags('name,passed,failed'),
    ...watchFlag,
  },
  async run({ values, server, client, env, screen }) {
    if (!values.watch) return printList({ client, values, screen }, 'listBatches', listing)
    refuseFormat(values, 'watch')
    const read = () => listed(client, 'listBatches', values)
    const render = ({ items, total }: Awaited<ReturnType<typeof read>>, screen: Screen) =>
      renderList(items, listing, values, screen) + ofTotal(items.length, total)
    const json = values.json || values.output === 'json'
    return watch({ read, render, plain: ({ items }) => items, json, env, server, kinds })
  },
})

const show = command({
  name: 'batches show',
  summary: 'a batch and how far it is',
  words: one('batch', undefined, 'batch'),
  options: watchFlag,
  about: 'Its machines: ./eims nodes list --batch BATCH',
  async run({ name, values, server, client, env, show }) {
    const read = () => client('getBatch', { params: { id: name } })
    if (values.watch)
      return watch({ read, render: describe, plain: (batch) => batch, json: values.json, env, server, kinds })
    show(await read(), describe)
  },
})

const set = command({
  name: 'batches set',
  summary: 'change a batch',
  words: one('batch', undefined, 'batch'),
  options: { name: { type: 'string', value: 'NAME', says: 'another name' }, ...batchFlags },
  about: '"" clears.',
  async run(call) {
    const { values, client } = call
    const changes = defined({
      name: values.name,
      expected: numberOf(values.expected),
      note: values.note === '' ? null : values.note,
      config: configGiven(values.config),
    })
    if (Object.keys(changes).length === 0) throw new Refusal('nothing to change; see --help', 2)
    const params = { id: call.name }
    const { name, expected, note } = await client('getBatch', { params })
    const body = { name, expected, note, ...changes } as CallInput<'putBatch'>['body']
    call.show(await client('putBatch', { params, body }), describe)
  },
})

const remove = command({
  name: 'batches delete',
  summary: 'remove a batch; its machines stay',
  words: one('batch', undefined, 'batch'),
  options: yesFlag,
  async run({ name, values, client }) {
    if (!values.yes && process.stdin.isTTY) {
      const { counts } = await client('getBatch', { params: { id: name } })
      await confirm(
        `The batch ${name} will be removed; its ${counted(counts.registered, 'machine')} stay, without a batch.`,
        values,
      )
    }
    await client('deleteBatch', { params: { id: name } })
  },
})

export const batchVerbs = [add, list, show, set, remove]
