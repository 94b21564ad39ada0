import type { NodeDetail, Timeline } from '@eims/contracts'
import t from 'tap'
import { summary } from '../src/demo/summary.ts'

// One promise: the last table has a line for each machine, how long its stages took, and how it ended.

const seen = (name: string, state: string | null, osVersion: string | null, stages: [string, number][]) => ({
  node: { name, state: 'ONBOARDED', instance: state ? { state, osVersion } : null } as unknown as NodeDetail,
  timeline: { events: [], stages: stages.map(([name, seconds]) => ({ name, seconds })) } as unknown as Timeline,
})

const nodes = [
  seen('demo-1', 'RUNNING', 'eims demo OS', [
    ['firmware', 13],
    ['micro-os', 353],
    ['waiting', 0.9],
    ['write', 18],
    ['hand-over', 239],
    ['first-boot', 347],
  ]),
  seen('demo-2', null, null, [
    ['firmware', 100],
    ['firmware', 50],
  ]),
]

t.equal(
  summary(nodes),
  `NODE    STATE      firmware  micro-os  waiting  write  hand-over  first-boot  ALL       OS
demo-1  RUNNING    13 s      5.9 min   0.9 s    18 s   4.0 min    5.8 min     16.2 min  eims demo OS
demo-2  ONBOARDED  2.5 min   -         -        -      -          -           2.5 min   -
`,
)
t.equal(
  summary(nodes, { columns: 80, rows: null, colour: false }),
  `NODE    STATE      firmware  micro-os  write  hand-over  first-boot  ALL
demo-1  RUNNING    13 s      5.9 min   18 s   4.0 min    5.8 min     16.2 min
demo-2  ONBOARDED  2.5 min   -         -      -          -           2.5 min
`,
  'in 80 columns',
)
