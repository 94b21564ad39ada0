import t from 'tap'
import { deadDemos } from '../src/demo/leftovers.ts'

// One promise: only what a demo made that no longer lives is removed.

const alive = (pid: number) => pid === 400
t.strictSame(deadDemos(['400', '401', 'mine', '12a', '.', '9'], alive), ['401', '9'])
