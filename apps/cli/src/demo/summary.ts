import type { NodeDetail, Stage, Timeline } from '@eims/contracts'
import { duration, table } from '../output.ts'
import { plain, type Screen } from '../screen.ts'

const STAGES: Stage['name'][] = ['firmware', 'micro-os', 'waiting', 'write', 'hand-over', 'first-boot']

/** Narrower than this the name of the OS, which is the same for all, is left out. */
const WITH_OS = 110

/** PURE: what became of the machines and how long each stage took: a table, one machine a line. */
export function summary(nodes: { node: NodeDetail; timeline: Timeline }[], screen: Screen = plain): string {
  const narrow = screen.columns !== null && screen.columns < WITH_OS
  const took = (stages: Stage[], name?: Stage['name']) =>
    stages.filter((stage) => !name || stage.name === name).reduce((sum, { seconds }) => sum + seconds, 0)
  return table(
    ['NODE', 'STATE', ...STAGES, 'ALL', ...(narrow ? [] : ['OS'])],
    nodes.map(({ node, timeline: { stages } }) => [
      node.name,
      node.instance?.state ?? node.state,
      ...STAGES.map((name) => (stages.some((stage) => stage.name === name) ? short(took(stages, name)) : null)),
      short(took(stages)),
      ...(narrow ? [] : [node.instance?.osVersion]),
    ]),
    screen,
    { yields: ['waiting', 'hand-over'] },
  )
}

const short = (seconds: number) => (seconds < 120 ? duration(seconds) : `${(seconds / 60).toFixed(1)} min`)
