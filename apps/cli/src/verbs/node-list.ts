import type { Event, Node } from '@eims/contracts'
import { command, oneNode } from '../command.ts'
import { formatFlags, printList, refuseFormat, renderList } from '../listing.ts'
import { nodeListing, renderDetail } from '../node-text.ts'
import { listed, listFlags, ofTotal } from '../pages.ts'
import type { Screen } from '../screen.ts'
import { bothOf, selectionFlags } from '../selection.ts'
import { watch, watchFlag } from '../watch.ts'

/** What can change a line of the list. */
const kinds =
  'node.*,agent.*,identity.*,run.*,action.*,instance.*,boot.decision,import.*,batch.*,profile.*,account.*,site.*,registry.*'

const columns = nodeListing()
  .columns.map(({ name }) => name)
  .join(', ')

export const list = command({
  name: 'nodes list',
  summary: 'list the machines',
  options: {
    ...listFlags({ filter: 'batch = lot-7 AND NOT state = ONBOARDED', orderBy: 'name desc, createdAt' }),
    batch: { ...selectionFlags.batch, says: 'only those of the batch' },
    ...formatFlags('name,serial,state'),
    ...watchFlag,
  },
  about: `
Examples:
  ./eims nodes list --batch lot-7 --filter 'instance.state = FAILED'
  ./eims nodes list --filter 'serial = PF4* AND NOT profile:kiosk' --order-by 'lastSeenAt desc' --limit 20
  ./eims nodes list --all -o csv --columns name,serial,state
  ./eims nodes list --watch

Columns: ${columns}. A narrow terminal does without some.`,
  async run({ values, server, client, env, screen }) {
    const asked = { ...values, filter: bothOf(values.filter, values.batch) ?? undefined }
    if (!values.watch) return printList({ client, values: asked, screen }, 'listNodes', nodeListing())
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
  options: watchFlag,
  async run({ name, values, server, client, env, show }) {
    const params = { id: name }
    const read = async () => {
      const [detail, timeline] = await Promise.all([client('getNode', { params }), client('nodeTimeline', { params })])
      return { ...detail, timeline }
    }
    const render = ({ timeline, ...detail }: Awaited<ReturnType<typeof read>>, screen: Screen) =>
      renderDetail(detail, timeline, screen)
    if (values.watch)
      return watch({ read, render, plain: (node) => node, json: values.json, env, server, concerns, fromEnd: true })
    show(await read(), render)
  },
})
