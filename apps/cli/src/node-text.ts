import type { LogEntry, Node, NodeDetail, Timeline } from '@eims/contracts'
import { bytes, clock, duration, fields, table } from './output.ts'

const stateOf = (node: Node) => node.instance?.state ?? node.state

/** Nodes as a table, one a line. */
export const renderNodes = (nodes: Node[]): string =>
  table(
    ['NAME', 'SERIAL', 'MAC', 'PROFILE', 'STATE', 'STATUS'],
    nodes.map((node) => [
      node.name,
      node.serial,
      node.macs[0],
      node.profile ?? node.instance?.profile,
      stateOf(node),
      node.held ?? node.instance?.status.text ?? node.status.text,
    ]),
  )

const percent = (progress: number | null) => (progress === null ? null : `${Math.round(progress * 100)} %`)

/** One node with everything that is known: identity, state, run, stages, timeline. */
export function renderDetail(node: NodeDetail, { events, stages }: Timeline): string {
  const parts = [
    fields([
      ['name', node.name],
      ['serial', node.serial],
      ['UUID', node.uuid],
      ['MACs', node.macs.join(', ')],
      ['machine', [node.manufacturer, node.product].filter(Boolean).join(' ')],
      ['registered', node.registered ? 'yes' : 'no: it appeared by itself'],
      ['profile', node.profile],
      ['host', `${node.state}: ${node.status.text}`],
      ['instance', node.instance ? `${node.instance.state}: ${node.instance.status.text}` : null],
      ...(node.held ? ([['held', node.held]] as [string, string][]) : []),
      ['OS', node.instance?.osVersion],
      ['disks', node.inventory?.disks.map((disk) => `${disk.path} ${bytes(disk.size)} ${disk.transport}`).join(', ')],
      ['last seen', clock(node.lastSeenAt)],
    ]),
  ]
  if (node.run)
    parts.push(
      `run ${node.run.id}: ${node.run.state}${node.run.reason ? `, ${node.run.reason}` : ''}\n`,
      table(
        ['ACTION', 'STATE', 'DONE', 'ATTEMPTS', 'MESSAGE'],
        node.run.actions.map((action) => [
          action.name,
          action.state,
          percent(action.progress),
          action.attempts,
          action.message,
        ]),
      ),
    )
  if (stages.length > 0)
    parts.push(
      table(
        ['STAGE', 'TOOK'],
        stages.map((stage) => [stage.name, duration(stage.seconds)]),
      ),
    )
  if (events.length > 0)
    parts.push(
      table(
        ['TIME', 'EVENT', 'WHAT'],
        events.map((event) => [
          clock(event.at),
          event.count > 1 ? `${event.kind} ×${event.count}` : event.kind,
          event.message,
        ]),
      ),
    )
  return parts.join('\n')
}

/** One log line. */
export const renderLog = (entry: LogEntry): string =>
  `${clock(entry.at)} ${entry.action}#${entry.attempt} ${entry.text}\n`
