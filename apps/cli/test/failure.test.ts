import { parseArgs } from 'node:util'
import { ProblemError } from '@eims/contracts'
import t from 'tap'
import { explainFailure } from '../src/failure.ts'
import { Interrupted } from '../src/interrupt.ts'
import { exitCodes } from '../src/overview.ts'
import { Refusal } from '../src/refusal.ts'
import { flagsOf } from '../src/verb.ts'
import { find } from '../src/verbs.ts'

const thrown = (make: () => unknown) => {
  try {
    make()
  } catch (error) {
    return error
  }
}
const unreachable = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } })

await t.test('each kind of failure has its exit code', async (t) => {
  const cases: [unknown, number][] = [
    [new Refusal('no'), 1],
    [new Refusal('how?', 2), 2],
    [new ProblemError('already-exists', 'taken'), 1],
    [new ProblemError('invalid-input', 'how?'), 2],
    [unreachable, 3],
    [new DOMException('timeout', 'TimeoutError'), 3],
    [new ProblemError('database-down', 'down'), 3],
    [new ProblemError('unauthenticated', 'who?'), 4],
    [new ProblemError('forbidden', 'no'), 4],
    [new ProblemError('too-many-attempts', 'slow'), 4],
    [new ProblemError('not-found', 'none'), 5],
    [new Error('odd'), 1],
    [new Interrupted(), 130],
  ]
  for (const [error, code] of cases) t.equal(explainFailure(error).exitCode, code, String(error))
  const known = new Set(exitCodes.map(({ code }) => code))
  for (const [, code] of cases) t.ok(known.has(code), `${code} is documented`)
  t.strictSame(explainFailure(new Interrupted()).lines, [])
})

await t.test('a wrong flag is answered with the one that was meant', async (t) => {
  const { verb } = find(['nodes', 'list'])!
  const error = thrown(() => parseArgs({ args: ['--fliter', 'x'], options: { filter: { type: 'string' } } }))
  t.strictSame(explainFailure(error, verb), {
    lines: ["eims: Unknown option '--fliter'; did you mean --filter?; see ./eims nodes list --help"],
    exitCode: 2,
  })
  t.ok(flagsOf(verb).includes('--order-by'))
})

await t.test('fields are named once', async (t) => {
  const two = [
    { path: 'body.serial', message: 'is a placeholder' },
    { path: 'body.macs.0', message: 'is no MAC' },
  ]
  t.strictSame(explainFailure(new ProblemError('invalid-input', 'two fields are wrong', two)).lines, [
    'eims: two fields are wrong',
    '  serial: is a placeholder',
    '  macs.0: is no MAC',
  ])
  const { verb } = find(['nodes', 'add'])!
  t.strictSame(explainFailure(new ProblemError('invalid-input', 'two fields are wrong', two), verb), {
    lines: ['eims: two fields are wrong', '  --serial: is a placeholder', '  --mac: is no MAC'],
    exitCode: 2,
  })
  const said = (path: string, message: string, of: string[]) =>
    explainFailure(new ProblemError('invalid-input', `${path} ${message}`, [{ path, message }]), find(of)!.verb).lines
  t.strictSame(said('query.orderBy', 'names "x"', ['nodes', 'list']), ['eims: --order-by names "x"'])
  t.strictSame(said('body.select.filter', 'is empty', ['nodes', 'hold']), ['eims: --filter is empty'])
  t.strictSame(said('body.netbootPolicy', 'is no rule', ['nodes', 'set']), ['eims: --netboot is no rule'])
  t.strictSame(said('body.disk.minSize', 'is no size', ['nodes', 'set']), ['eims: --min-size is no size'])
  const one = new ProblemError('invalid-input', 'body.serial is a placeholder', [two[0]!])
  t.strictSame(explainFailure(one).lines, ['eims: serial is a placeholder'])
})
