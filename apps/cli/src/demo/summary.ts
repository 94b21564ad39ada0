import type { NodeDetail, Stage, Timeline } from '@eims/contracts'
import { duration, table } from '../output.ts'

const STAGES: Stage['name'][] = ['firmware', 'micro-os', 'waiting', 'write', 'hand-over', 'first-boot']

/** What became of the machines and how long each stage took: a table, one machine a line. Pure. */
export function summary(nodes: { node: NodeDetail; timeline: Timeline }[]): string {
  const took = (stages: Stage[], name?: Stage['name']) =>
    stages.filter((stage) => !name || stage.name === name).reduce((sum, { seconds }) => sum + seconds, 0)
  return table(
    ['NODE', 'STATE', ...STAGES, 'ALL', 'OS'],
    nodes.map(({ node, timeline: { stages } }) => [
      node.name,
      node.instance?.state ?? node.state,
      ...STAGES.map((name) => (stages.some((stage) => stage.name === name) ? duration(took(stages, name)) : null)),
      duration(took(stages)),
      node.instance?.osVersion,
    ]),
  )
}
