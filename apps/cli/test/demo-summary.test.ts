import type { NodeDetail, Timeline } from '@eims/contracts'
import t from 'tap'
import { summary } from '../src/demo/summary.ts'

// One promise: the last table has a line for each machine, how long its stages took, and how it ended.

const seen = (name: string, state: string | null, osVersion: string | null, stages: [string, number][]) => ({
  node: { name, state: 'ONBOARDED', instance: state ? { state, osVersion } : null } as unknown as NodeDetail,
  timeline: { events: [], stages: stages.map(([name, seconds]) => ({ name, seconds })) } as unknown as Timeline,
})

t.equal(
  summary([
    seen('demo-1', 'RUNNING', 'eims demo OS', [
      ['firmware', 13],
      ['micro-os', 41],
      ['waiting', 0.9],
      ['write', 18],
      ['hand-over', 1.8],
      ['first-boot', 22],
    ]),
    seen('demo-2', null, null, [
      ['firmware', 100],
      ['firmware', 50],
    ]),
  ]),
  `NODE    STATE      firmware    micro-os  waiting  write  hand-over  first-boot  ALL         OS
demo-1  RUNNING    13 s        41 s      0.9 s    18 s   1.8 s      22 s        97 s        eims demo OS
demo-2  ONBOARDED  2 min 30 s  -         -        -      -          -           2 min 30 s  -
`,
)
