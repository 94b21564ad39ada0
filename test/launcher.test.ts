import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { LauncherBench } from './up/launcher-bench.ts'

// One promise: ./eims installs what is missing, once, names it first, and says in a sentence what it cannot do.

const NOBODY = 65_534
const TOOLCHAIN = 'DIR/cache/toolchain/node-24.21.0-npm-11.19.1-ARCH'
const INSTALLS = [
  `npm install --prefix ${TOOLCHAIN} --ignore-scripts --no-audit --no-fund --loglevel=error node-linux-ARCH@24.21.0 npm@11.19.1`,
  'npm-cli ci --omit=dev --no-audit --no-fund --loglevel=error',
  'prune',
]

await t.test('up, test and demo without root are refused before anything is installed', async (t) => {
  const bench = await LauncherBench.create(t)
  const before = await readdir(bench.dir, { recursive: true })
  t.strictSame(await bench.run(['up', '--interface', 'eth0'], {}, NOBODY), {
    code: 1,
    said: ['eims: must be root to open the DHCP and TFTP ports; run: sudo ./eims up --interface eth0'],
    called: '',
  })
  t.strictSame(await bench.run(['test'], {}, NOBODY), {
    code: 1,
    said: ['eims: the tests make network namespaces and virtual machines and must be root; run: sudo ./eims test'],
    called: '',
  })
  t.strictSame(await bench.run(['demo'], {}, NOBODY), {
    code: 1,
    said: ['eims: the demo makes network namespaces and virtual machines and must be root; run: sudo ./eims demo'],
    called: '',
  })
  t.strictSame(await bench.asked(), [])
  t.strictSame(await readdir(bench.dir, { recursive: true }), before)
})

await t.test('the version is told without anything installed', async (t) => {
  const bench = await LauncherBench.create(t, ['npm'])
  await writeFile(join(bench.dir, 'checkout/package.json'), '{\n  "name": "eims",\n  "version": "1.2.3",\n}\n')
  t.strictSame(await bench.run(['--version']), { code: 0, said: [], called: 'eims 1.2.3' })
})

await t.test('a machine without npm', async (t) => {
  const bench = await LauncherBench.create(t, ['npm'])
  t.strictSame(await bench.run(['help']), {
    code: 1,
    said: ['eims: npm is missing; install it with: apt-get install --no-install-recommends npm ca-certificates'],
    called: '',
  })
})

await t.test('everything is installed once, Debian packages are named first', async (t) => {
  const bench = await LauncherBench.create(t)
  const first = await bench.run(['prepare'])
  t.match(first.said, [
    /^eims: fetching Node 24.21.0 and npm 11.19.1 into /,
    /^eims: installing the npm packages of the lock file \(production\)$/,
    /^eims: these Debian packages are missing and will be installed: one three$/,
  ])
  t.strictSame([first.code, first.called], [0, 'cli prepare'])
  t.strictSame(await bench.asked(), [
    ...INSTALLS,
    'update',
    'apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends one three',
  ])
  t.strictSame(await bench.run(['up']), { code: 0, said: [], called: 'cli up' })
  t.strictSame(await bench.asked(), [])
})

await t.test('a changed lock file installs again, and what tests need holds what production needs', async (t) => {
  const bench = await LauncherBench.create(t)
  await bench.run(['prepare'])
  await bench.asked()
  await writeFile(join(bench.dir, 'checkout/package-lock.json'), '{ }')
  t.strictSame(
    await bench.run(['nodes', 'list']),
    { code: 0, said: [], called: 'cli nodes list' },
    'not under a service',
  )
  t.strictSame((await bench.run(['up'])).said, ['eims: installing the npm packages of the lock file (production)'])
  await writeFile(join(bench.dir, 'checkout/deploy/debian/test.txt'), 'four\n')
  t.strictSame((await bench.run(['test', '--unit'])).called, 'cli --unit')
  t.strictSame(await bench.asked(), [
    ...INSTALLS.slice(1),
    'npm-cli ci --no-audit --no-fund --loglevel=error',
    'update',
    'apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends four',
  ])
  t.strictSame(await bench.run(['up']), { code: 0, said: [], called: 'cli up' })
})

await t.test('two launchers at the same moment install once', async (t) => {
  const bench = await LauncherBench.create(t)
  const both = await Promise.all([bench.run(['up']), bench.run(['up'])])
  t.strictSame(
    both.map(({ code, called }) => [code, called]),
    [
      [0, 'cli up'],
      [0, 'cli up'],
    ],
  )
  t.strictSame((await bench.asked()).slice(0, 3), INSTALLS)
  t.strictSame(both.flatMap(({ said }) => said).length, 3, 'only one of them has spoken')
})

await t.test('an npm that fails is heard, and the next start tries again', async (t) => {
  const bench = await LauncherBench.create(t)
  const { code, said } = await bench.run(['help'], { NPM_FAILS: '1' })
  t.equal(code, 1)
  t.match(said, [
    /fetching Node/,
    'npm error code ENOTFOUND',
    /^eims: Node 24.21.0 could not be fetched; is the npm registry reachable\? See .*install.log$/,
  ])
  t.strictSame((await bench.run(['help'])).called, 'cli help')
})

await t.test('an installation that fails or is killed leaves the one before as it was', async (t) => {
  const bench = await LauncherBench.create(t)
  const lockFile = join(bench.dir, 'checkout/package-lock.json')
  await bench.run(['up'])
  await writeFile(lockFile, '{ "of": "another version" }')
  const { code, said } = await bench.run(['up'], { CI_FAILS: '1' })
  t.equal(code, 1)
  t.strictSame(said.slice(-2), [
    'npm error code EAI_AGAIN',
    'eims: npm could not install the packages; mend what it says above and start again',
  ])
  t.strictSame(
    (await bench.run(['nodes', 'list'], { CI_FAILS: '1' })).called,
    'cli nodes list',
    'the other verbs still work',
  )
  await writeFile(lockFile, '{}')
  t.strictSame(await bench.run(['up']), { code: 0, said: [], called: 'cli up' }, 'the version before still runs')

  await writeFile(lockFile, '{ "of": "another version" }')
  t.not((await bench.run(['up'], { CI_KILLED: '1' })).code, 0)
  await writeFile(lockFile, '{}')
  t.strictSame(await bench.run(['up']), { code: 0, said: [], called: 'cli up' }, 'nor does a kill matter')
  t.notOk((await readdir(join(bench.dir, 'checkout'))).includes('.node_modules.before'))
})

await t.test('an apt that fails', async (t) => {
  const bench = await LauncherBench.create(t)
  const failed = await bench.run(['prepare'], { APT_FAILS: '1', UPDATE_FAILS: '100' })
  t.equal(failed.code, 1)
  t.match(failed.said.slice(-3), [
    /^eims: apt-get update failed, going on; see .*apt.log$/,
    'E: Unable to locate package',
    /^eims: apt-get could not install the packages; mend what it says above and start again. See .*apt.log$/,
  ])
  const { code, called } = await bench.run(['prepare'], { UPDATE_FAILS: '100' })
  t.strictSame({ code, called }, { code: 0, called: 'cli prepare' }, 'a source that is away is no reason to stop')
})

await t.test('Debian packages are missing and we are not root', async (t) => {
  const bench = await LauncherBench.create(t)
  await bench.run(['help'])
  t.strictSame(await bench.run(['prepare'], {}, NOBODY), {
    code: 1,
    said: ['eims: these Debian packages are missing; run: sudo apt-get install --no-install-recommends one three'],
    called: '',
  })
})

await t.test(
  'media are written and read by anybody; only boot files that are yet to be made take Debian packages',
  async (t) => {
    const bench = await LauncherBench.create(t)
    await bench.run(['help'])
    await bench.asked()
    const asNobody = (...args: string[]) => bench.run(args, {}, NOBODY)
    const packages = 'one three'
    for (const verb of ['usb', 'iso', 'installer'])
      t.strictSame((await asNobody('boot-media', verb, 'out')).said, [
        `eims: these Debian packages are missing; run: sudo apt-get install --no-install-recommends ${packages}`,
      ])
    for (const verb of ['customize', 'show', 'reset', 'collect'])
      t.strictSame(await asNobody('boot-media', verb, 'usb'), {
        code: 0,
        said: [],
        called: `cli boot-media ${verb} usb`,
      })
    const kit = { code: 0, said: [], called: 'cli site firmware-kit kit' }
    t.strictSame(await asNobody('site', 'firmware-kit', 'kit'), kit)

    const artifacts = join(bench.dir, 'cache/artifacts')
    for (const folder of ['x86_64', 'medium']) await mkdir(join(artifacts, folder), { recursive: true })
    for (const file of ['x86_64/manifest.json', 'medium/agent.mjs']) await writeFile(join(artifacts, file), '')
    t.strictSame(await asNobody('boot-media', 'usb', 'out'), { code: 0, said: [], called: 'cli boot-media usb out' })
    await rm(artifacts, { recursive: true })
    await writeFile(join(bench.dir, 'checkout/.bundled'), '')
    t.strictSame(await asNobody('boot-media', 'usb', 'out'), { code: 0, said: [], called: 'cli boot-media usb out' })
    t.strictSame(await bench.asked(), [])
  },
)
