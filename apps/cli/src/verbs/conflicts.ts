import type { Conflict, Conflicts } from '@eims/contracts'
import { command } from '../command.ts'
import { clock, table } from '../output.ts'
import type { Screen } from '../screen.ts'

const words = { serial: 'serial', uuid: 'UUID', mac: 'MAC' } as const

/** PURE: one machine, what it says, and each node that it could be beside it; `=` is what both say. */
function renderOne({ said, reason, heardAt, ignored, candidates }: Conflict, screen: Screen): string {
  const told = [
    ...(said.serial === undefined ? [] : [['serial', said.serial]]),
    ...(said.uuid === undefined ? [] : [['UUID', said.uuid]]),
    ...said.macs.map((mac) => ['MAC', mac]),
    ...(said.manufacturer === undefined ? [] : [['maker', said.manufacturer]]),
  ].map(([what, value = '']) => ['the machine', '', what, value, ignored.includes(value) ? 'identifies nothing' : ''])
  const known = candidates.flatMap(({ node, identifiers, otherMaker }) => [
    ...identifiers.map(({ kind, value, same, provisional }) => [
      node.name,
      same ? '=' : '',
      words[kind],
      value,
      provisional ? 'not confirmed' : '',
    ]),
    ...(node.manufacturer === null ? [] : [[node.name, '', 'maker', node.manufacturer, otherMaker ? 'another' : '']]),
  ])
  return `${reason.text}\nheard at ${clock(heardAt)}\n${table(['WHO', '', 'WHAT', 'VALUE', ''], [...told, ...known], screen)}`
}

/** PURE: who is in quarantine, for a terminal. */
export function renderConflicts({ items, more }: Conflicts, screen: Screen): string {
  if (items.length === 0) return 'no machine is in quarantine\n'
  const further = more > 0 ? [`${more} more were not looked at\n`] : []
  return [...items.map((item) => renderOne(item, screen)), ...further].join('\n')
}

export const conflicts = command({
  name: 'nodes conflicts',
  summary: 'list the machines in quarantine beside the nodes that each could be',
  usage: '[OPTIONS]',
  options: {},
  about: `
A machine whose identifiers name several nodes, or contradict one, waits in the Micro-OS, and nothing is written to it. Those
heard within a day are listed. Out of it: ./eims nodes merge, split, claim, forget or set (docs/registry.md).`,
  async run(call) {
    call.show(await call.client('conflicts', {}), renderConflicts)
  },
})
