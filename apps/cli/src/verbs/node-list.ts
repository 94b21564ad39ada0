import type { Event, Node } from '@eims/contracts'
import { nodeYaml } from '../apply/node-yaml.ts'
import { command, oneNode } from '../command.ts'
import { formatFlags, printList, refuseFormat, renderList } from '../listing.ts'
import { nodeListing, renderDetail } from '../node-text.ts'
import { listed, listFlags, ofTotal } from '../pages.ts'
import { print } from '../print.ts'
import { Refusal } from '../refusal.ts'
import type { Screen } from '../screen.ts'
import { bothOf, narrowed, selectionFlags } from '../selection.ts'
import { watch, watchFlag } from '../watch.ts'
import { wrap } from '../wrap.ts'

/** What can change a line of the list. */
const kinds =
  'node.*,agent.*,identity.*,run.*,action.*,instance.*,boot.decision,import.*,batch.*,profile.*,account.*,site.*,registry.*'

const columns = nodeListing()
  .columns.map(({ name }) => name)
  .join(', ')

/** As formatFlags, and as documents for `eims apply`. */
const { output, columns: columnsFlag } = formatFlags('name,serial,state')
const nodeFormats = {
  output: {
    ...output,
    oneOf: [...output.oneOf, 'yaml'],
    says: 'wide (more columns), json, csv (with a header), name (one a line) or yaml (for ./eims apply)',
  },
  columns: columnsFlag,
} as const

export const list = command({
  name: 'nodes list',
  summary: 'list the machines',
  options: {
    ...listFlags({ filter: 'batch = lot-7 AND NOT state = ONBOARDED', orderBy: 'name desc, createdAt' }),
    batch: { ...selectionFlags.batch, says: 'only those of the batch' },
    ...nodeFormats,
    ...watchFlag,
  },
  about: `
Examples:
  ./eims nodes list --batch lot-7 --filter 'instance.state = FAILED'
  ./eims nodes list --filter 'serial = PF4* AND NOT profile:kiosk' --order-by 'lastSeenAt desc' --limit 20
  ./eims nodes list --all -o csv --columns name,serial,state
  ./eims nodes list --batch lot-7 --all -o yaml
  ./eims nodes list --watch

With -o yaml machines that nobody registered are left out, unless the filter speaks of "registered".

${wrap(`${columns}. A narrow terminal does without some.`, 100, 'Columns: ').trimEnd()}`,
  async run({ values, server, client, env, screen }) {
    const chosen = bothOf(values.filter, values.batch) ?? undefined
    const registered = values.output === 'yaml' && !/\bregistered\b/.test(values.filter ?? '')
    const asked = { ...values, filter: registered ? narrowed(chosen, 'registered = true')! : chosen }
    const listing = { ...nodeListing(), yamlOf: nodeYaml }
    if (!values.watch) {
      const shown = await printList({ client, values: asked, screen }, 'listNodes', listing)
      if (shown === 0 && values.batch) await client('getBatch', { params: { id: values.batch } })
      return
    }
    refuseFormat(values, 'watch')
    const read = () => listed(client, 'listNodes', asked)
    const render = ({ items, total }: { items: Node[]; total: number }, screen: Screen) =>
      renderList(items, nodeListing(), values, screen) + ofTotal(items.length, total)
    const json = values.json || values.output === 'json'
    return watch({ read, render, plain: ({ items }) => items, json, env, server, kinds })
  },
})

/** What the machine did, even before anybody knew whose its MACs were, and changes to whatever it refers to. */
const concerns = ({ nodeId, mac }: Event, { id, macs }: Node) =>
  nodeId === id || (nodeId === null && (mac === null || macs.includes(mac)))

export const show = command({
  name: 'nodes show',
  summary: 'a machine: identity, state, timeline, how long each stage took',
  words: oneNode,
  options: {
    output: {
      type: 'string',
      short: 'o',
      value: 'FORMAT',
      oneOf: ['json', 'yaml'],
      says: 'json, or yaml for ./eims apply',
    },
    ...watchFlag,
  },
  async run({ name, values, server, client, env, screen }) {
    const params = { id: name }
    if (values.output === 'yaml') {
      if (values.watch || values.json) throw new Refusal('-o yaml goes with neither --watch nor --json', 2)
      return void process.stdout.write(nodeYaml(await client('getNode', { params })))
    }
    const json = values.json || values.output === 'json'
    const read = async () => {
      const [detail, timeline] = await Promise.all([client('getNode', { params }), client('nodeTimeline', { params })])
      return { ...detail, timeline }
    }
    const render = ({ timeline, ...detail }: Awaited<ReturnType<typeof read>>, screen: Screen) =>
      renderDetail(detail, timeline, screen)
    if (values.watch) return watch({ read, render, plain: (node) => node, json, env, server, concerns, fromEnd: true })
    print(await read(), json, (clean) => render(clean, screen))
  },
})
