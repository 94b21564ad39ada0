import { pino } from 'pino'
import t from 'tap'
import { Parts } from '../src/parts/run-parts.ts'

// One promise: parts start in order, each with what those before it made, and stop in reverse, whatever fails.

/** What happens, and the log lines that name a part. */
function bench() {
  const happened: string[] = []
  const log = pino(
    { level: 'debug', base: null },
    {
      write: (line: string) => {
        const { part, msg, err } = JSON.parse(line)
        happened.push(`log: ${part}: ${msg}${err ? ` (${err.message})` : ''}`)
      },
    },
  )
  /** a part that makes `made` of what it finds, and says when it starts and stops */
  const part =
    <Context, Made>(name: string, made: (context: Context) => Made, stop: () => void = () => {}) =>
    async (context: Context, ends: AsyncDisposableStack) => {
      happened.push(`start ${name}`)
      ends.defer(() => {
        happened.push(`stop ${name}`)
        stop()
      })
      return made(context)
    }
  return { happened, log, part, given: { log, port: 7480 } }
}
type Given = ReturnType<typeof bench>['given']
const fails = (sentence: string) => () => {
  throw new Error(sentence)
}

await t.test('they start in order, with what those before them made, and stop in reverse', async (t) => {
  const { happened, part, given } = bench()
  const parts = new Parts<Given>()
    .with('host', () => 'bench')
    .with(
      'database',
      part('database', ({ host, port }: { host: string; port: number }) => `${host}:${port}`),
    )
    .with(
      'http',
      part('http', ({ database }: { database: string }) => `http://${database}`),
    )
  t.same(happened, [], 'a list starts nothing')
  const running = await parts.start(given)
  t.match(running.made, { port: 7480, host: 'bench', database: 'bench:7480', http: 'http://bench:7480' })
  await running[Symbol.asyncDispose]()
  t.same(happened, [
    'log: host: a part was started',
    'start database',
    'log: database: a part was started',
    'start http',
    'log: http: a part was started',
    'stop http',
    'stop database',
  ])
})

await t.test(
  'one that cannot start: it and those before it end, its own error is thrown, the log names it',
  async (t) => {
    const { happened, part, given } = bench()
    const parts = new Parts<Given>()
      .with(
        'database',
        part('database', () => 1),
      )
      .with(
        'tls',
        part('tls', () => 2, fails('a file is open')),
      )
      .with('http', part('http', fails('the port is taken')))
      .with(
        'lan',
        part('lan', () => 4),
      )
    await t.rejects(parts.start(given), { message: 'the port is taken' })
    t.same(
      happened.filter((line) => !line.endsWith('was started')),
      [
        'start database',
        'start tls',
        'start http',
        'log: http: a part could not be started (the port is taken)',
        'stop http',
        'stop tls',
        'log: tls: a part could not be stopped (a file is open)',
        'stop database',
      ],
    )
  },
)

await t.test('one that cannot stop keeps no other from it', async (t) => {
  const { happened, part, given } = bench()
  const parts = new Parts<Given>()
    .with(
      'database',
      part('database', () => 1),
    )
    .with(
      'tls',
      part('tls', () => 2, fails('a file is open')),
    )
    .with(
      'http',
      part('http', () => 3),
    )
  const running = await parts.start(given)
  happened.length = 0
  await t.rejects(async () => running[Symbol.asyncDispose](), { message: 'a file is open' })
  t.same(happened, ['stop http', 'stop tls', 'log: tls: a part could not be stopped (a file is open)', 'stop database'])
})

await t.test('a list that does not fit is no TypeScript', async (t) => {
  const { given } = bench()
  const parts = new Parts<Given>()
    // @ts-expect-error: nobody before it made a database
    .with('http', ({ database }: { database: string }) => database)
    // @ts-expect-error: the name is taken
    .with('port', () => 7481)
  t.match((await parts.start(given)).made, { port: 7481 })
})
