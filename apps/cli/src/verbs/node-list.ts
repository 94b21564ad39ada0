import type { Event, Node } from '@eims/contracts'
import { command, oneNode } from '../command.ts'
import { renderDetail, renderNodes } from '../node-text.ts'
import { type ListValues, listed, listFlags, ofTotal } from '../pages.ts'
import type { Screen } from '../screen.ts'
import { bothOf, selectionFlags } from '../selection.ts'
import { watch, watchFlag } from '../watch.ts'

/** What can change a line of the list. */
const kinds =
  'node.*,agent.*,identity.*,run.*,action.*,instance.*,boot.decision,import.*,batch.*,profile.*,account.*,site.*,registry.*'

export const list = command({
  name: 'nodes list',
  summary: 'list the machines',
  options: { ...listFlags, batch: { ...selectionFlags.batch, says: 'only those of the batch' }, ...watchFlag },
  about: `
Examples:
  ./eims nodes list --batch lot-7 --filter 'instance.state = FAILED'
  ./eims nodes list --filter 'serial = "PF4*" AND NOT profile:kiosk' --order-by 'lastSeenAt desc' --limit 20
  ./eims nodes list --watch`,
  async run({ values, server, client, env, show }) {
    const asked = withBatch(values, values.batch)
    const read = () => listed(client, 'listNodes', asked)
    const render = ({ items, total }: { items: Node[]; total: number }, screen: Screen) =>
      items.length === 0 ? 'no machines\n' : renderNodes(items, screen) + ofTotal(items.length, total)
    if (values.watch) return watch({ read, render, plain: ({ items }) => items, json: values.json, env, server, kinds })
    const reply = await read()
    show(reply.items, (_, screen) => render(reply, screen))
  },
})

function withBatch({ filter, ...rest }: ListValues, batch: string | undefined): ListValues {
  const both = bothOf(filter, batch)
  return { ...rest, ...(both ? { filter: both } : {}) }
}

/** What the machine did, also while nobody knew whose its MACs were; and what is changed of anything it refers to. */
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
