import { spawn } from 'node:child_process'
import { createWriteStream, globSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { CACHE } from './cache.ts'
import { scratchFolder } from './scratch.ts'
import { addUp, readTap, type Tally } from './tally.ts'

/**
 * What `./eims test` runs: types, lint, then the tests of every package, then the virtual machines.
 *   --unit          leave the virtual machines out
 *   --vm            only the virtual machines
 *   --more          only the second suite: what needs a database once more, on Debian's PostgreSQL, a client generated from
 *                   docs/openapi.json, a mirror by Debian's nginx, what Prometheus says of our metrics, machines with other NICs, firmware, DHCP
 *                   servers, LANs, a server that is one of them, the container image
 *   --soak          only what takes hours, by hand before a release: power cuts at random moments of an installation
 *   FILE...         only these test files
 * Ends with `N passed, N failed, N skipped` on a line of its own; nothing is skipped silently.
 */
const root = resolve(import.meta.dirname, '..')
const bin = join(root, 'node_modules/.bin')

/** Of two cores two files at a time left almost half unused: many tests wait for leases, silences and time limits. */
const UNITS_AT_ONCE = 3

interface Step {
  name: string
  command: [string, ...string[]]
  tap: boolean
  env?: NodeJS.ProcessEnv
}

const usage = `usage: ./eims test [--unit | --vm | --more | --soak | FILE...]

  --unit    leave the virtual machines out
  --vm      only the virtual machines
  --more    only the second suite
  --soak    only what takes hours: EIMS_SOAK_CUTS power cuts for each firmware, repeated by EIMS_SOAK_SEED
`

function asked(argv: string[]) {
  const flag = { type: 'boolean' } as const
  try {
    const options = { unit: flag, vm: flag, more: flag, soak: flag, help: flag }
    return parseArgs({ args: argv, allowPositionals: true, options })
  } catch (error) {
    process.stderr.write(`eims test: ${(error as Error).message.split('. ')[0]}\n${usage}`)
    process.exit(2)
  }
}

function steps(argv: string[]): Step[] {
  const { values, positionals } = asked(argv)
  if (values.help) {
    process.stdout.write(usage)
    process.exit(0)
  }
  const tap = (name: string, files: string[], timeout: number, jobs: number): Step => ({
    name,
    command: [
      join(bin, 'tap'),
      'run',
      '--reporter=tap',
      '--disable-coverage',
      `--timeout=${timeout}`,
      `--jobs=${jobs}`,
      ...files,
    ],
    tap: true,
  })
  if (positionals.length > 0) return [tap('tests', positionals, 1800, 1)]
  const unit = globSync('{packages,apps,deploy}/*/test/**/*.test.ts', {
    cwd: root,
    exclude: ['apps/*/test/{more,browser}/**'],
  })
    .concat(globSync('test/{,faults/}*.test.ts', { cwd: root }))
    .sort()
  const vm = globSync('test/vm/*.test.ts', { cwd: root }).sort()
  const browser = globSync('apps/*/test/browser/*.test.ts', { cwd: root }).sort()
  const clients = globSync('apps/*/test/more/*.test.ts', { cwd: root }).sort()
  const mirror = globSync('test/nginx/*.test.ts', { cwd: root })
  const monitoring = globSync('test/prometheus/*.test.ts', { cwd: root })
  const more = globSync('test/vm-more/*.test.ts', { cwd: root }).sort()
  const ofOne = more.filter((file) => atMostOneMachine.has(basename(file)))
  const ofTwo = more.filter((file) => !atMostOneMachine.has(basename(file)))
  const soak = globSync('test/soak/*.test.ts', { cwd: root }).sort()
  const TMPDIR = scratchFolder()
  const artifacts: Step = {
    name: 'boot artifacts',
    command: [process.execPath, 'deploy/artifacts.ts', '--cache', CACHE],
    tap: false,
  }
  const ofUnits: Step[] = [
    { name: 'types', command: [join(bin, 'tsc')], tap: false },
    { name: 'types of the dashboard', command: [join(bin, 'tsc'), '-p', 'apps/web'], tap: false },
    { name: 'format and plain lint', command: [join(bin, 'biome'), 'check', '--error-on-warnings', '.'], tap: false },
    { name: 'type-aware lint', command: [join(bin, 'oxlint'), '--type-aware', '--deny-warnings', '.'], tap: false },
    { ...tap('unit tests', unit, 240, UNITS_AT_ONCE), env: { TMPDIR } },
    tap('the dashboard in a browser', browser, 300, 2),
  ]
  // Beside the machines there is a fresh Debian, which packs on one core, and then a LAN without a machine.
  const ofMachines = [tap('virtual machines', vm, 1800, 2)]
  const external = {
    ...tap('on an external PostgreSQL', unit.filter(isAboutTheDatabase), 240, UNITS_AT_ONCE),
    env: { TMPDIR, EIMS_TEST_DATABASE: 'external' },
  }
  if (values.soak) return [artifacts, tap('soak', soak, 24 * 3600, 1)]
  if (values.more)
    return [
      artifacts,
      external,
      tap('generated clients', clients, 240, 1),
      tap('a mirror by nginx', mirror, 240, 1),
      tap('metrics, by Prometheus', monitoring, 240, 1),
      tap('more virtual machines, one a file', ofOne, 2700, 3),
      tap('more virtual machines', ofTwo, 2700, 2),
    ]
  if (values.unit) return [artifacts, ...ofUnits]
  if (values.vm) return [artifacts, ...ofMachines]
  return [artifacts, ...ofUnits, ...ofMachines]
}

/**
 * Files of test/vm-more that have one machine at work at a time, or none (after-running has two on for a while, which wait;
 * of as-systemd-service's two one is the server): three of them run at once, as machines wait for firmware and network often
 * enough; tap begins with the first of the alphabet. Each has namespaces, a folder and ports of its own. Any other has two
 * machines at a time, and two of those files run at once.
 */
const atMostOneMachine = new Set(
  [
    'after-running',
    'arm64',
    'as-systemd-service',
    'bundle',
    'container',
    'demo',
    'dhcp-recipes',
    'https',
    'stick',
    'typed-url',
  ].map((name) => `${name}.test.ts`),
)

/**
 * What is run once more on Debian's PostgreSQL: all SQL stands in packages/registry, whose tests all are, and of the server's those
 * that put most of it, or that depend on how a database counts, locks and tells.
 */
const isAboutTheDatabase = (file: string) =>
  /^packages\/registry|\/(apply|at-once|backup|board|bulk|claims|collect|connections|database|event-stream|holds|import|keys|outcome|overview|provisioning|retention|statements|twins|waiting|workflow-runs)[^/]*$/.test(
    file,
  ) && readFileSync(join(root, file), 'utf8').includes('startDatabases(t)')

/** What failed or was left out, told once more at the end: it may stand a thousand lines above. */
const missed: string[] = []

/** Runs one step; its whole output goes to a log file, a TAP step's results also to the screen as they come. */
async function run({ name, command: [program, ...args], tap, env }: Step): Promise<Tally> {
  const began = performance.now()
  process.stdout.write(`# ${name}\n`)
  const logFile = join(CACHE, 'test-logs', `${name.replaceAll(' ', '-')}.log`)
  mkdirSync(join(CACHE, 'test-logs'), { recursive: true })
  const log = createWriteStream(logFile)
  const child = spawn(program, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PATH: `${join(process.execPath, '..')}:${bin}:${process.env.PATH}`,
      EIMS_CACHE: CACHE,
      ...env,
    },
  })
  const kept: string[] = []
  const output = createInterface({ input: child.stdout })
  const show = (line: string) => {
    if (/^(FAILED|failed:|skipped:) /.test(line)) missed.push(`${name}: ${line}`)
    process.stdout.write(`  ${line}\n`)
  }
  const reading = tap ? readTap(output, show, log) : null
  if (!tap)
    output.on('line', (line) => {
      kept.push(line)
      log.write(`${line}\n`)
    })
  createInterface({ input: child.stderr }).on('line', (line) => {
    kept.push(line)
    log.write(`${line}\n`)
  })
  const code = await new Promise<number>((done) => child.on('close', (status) => done(status ?? 1)))
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  const tally = reading ? await reading : { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
  // A runner that failed though no test of it did (a crash, a leak) must not read as passed.
  if (reading && code !== 0 && tally.failed === 0) tally.failed = 1
  if (code !== 0 && !tap) missed.push(`${name}: failed`)
  if (code !== 0) process.stdout.write(`${kept.slice(-60).join('\n')}\n  the whole output: ${logFile}\n`)
  process.stdout.write(
    `# ${name}: ${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped in ${seconds} s\n`,
  )
  return tally
}

let total: Tally = { passed: 0, failed: 0, skipped: 0 }
for (const step of steps(process.argv.slice(2))) {
  const tally = await run(step)
  total = addUp(total, tally)
  if (step.name === 'boot artifacts' && tally.failed > 0) break
}
for (const line of missed) process.stdout.write(`! ${line}\n`)
const { passed, failed, skipped } = total
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`)
process.exitCode = failed > 0 || passed === 0 || (skipped > 0 && process.env.CI) ? 1 : 0
