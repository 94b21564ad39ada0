import t, { type Test } from 'tap'
import { undeclaredImports, wrongArrows } from './architecture/arrows.ts'
import { knownByName } from './architecture/builtins.ts'
import { assertionsInTheOpen, environmentReads, impure, junkDrawers, overgrown } from './architecture/habits.ts'
import { againstLevels, circles } from './architecture/levels.ts'
import { readsProse } from './architecture/prose.ts'
import { importsOf, readSourceTree } from './architecture/source-tree.ts'
import { bareWaits } from './architecture/waits.ts'

/** A checkout with these files: path -> text. */
async function tree(t: Test, files: Record<string, string>) {
  type Folder = { [name: string]: Folder | string }
  const folders: Folder = {}
  for (const [path, text] of Object.entries(files)) {
    const parts = path.split('/')
    let folder = folders
    for (const part of parts.slice(0, -1)) {
      folder[part] ??= {}
      folder = folder[part] as Folder
    }
    folder[parts.at(-1) as string] = text
  }
  return readSourceTree(t.testdir(folders))
}
const manifest = (dependencies: string[], devDependencies: string[] = []) =>
  JSON.stringify({
    dependencies: Object.fromEntries(dependencies.map((name) => [name, '*'])),
    devDependencies: Object.fromEntries(devDependencies.map((name) => [name, '*'])),
  })
const lines = (count: number) => 'void 0\n'.repeat(count)

await t.test('every way to import is seen, and nothing in strings and comments', async (t) => {
  const text = [
    "import a from 'a'",
    "import type { B } from 'b'",
    'import {\n  c,\n  type C,\n} from "c"',
    "import 'd'",
    "export * from 'e'",
    "export { f } from 'f'",
    "import * as g from 'g'",
    // put together, so that this file imports no `h`
    `const h = await ${'import'}('h')`,
    'export const i = 1',
    "const j = 'j'",
    "// import 'k'",
    ` * import x from 'l'`,
    "export function m() {\n  return x.from('m')\n}",
  ]
  t.same(importsOf(text.join('\n')), ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
})

await t.test('imports against the arrows', async (t) => {
  const found = await tree(t, {
    'apps/server/src/a.ts': "import '@eims/registry'\nimport '@eims/lab'\n",
    'apps/server/test/a.test.ts': "import '@eims/lab'\nimport '@eims/cli'\n",
    'apps/cli/src/a.ts': "import '@eims/lab'\nimport type { X } from '@eims/registry'\n",
    'packages/tftp/src/a.ts': "export * from '@eims/contracts'\n",
    'packages/workflow/src/a.ts': "import '@eims/contracts'\nimport '@eims/contracts/src/plan.ts'\n",
    'packages/registry/src/a.ts': "import '../../contracts/src/index.ts'\nimport './b.ts'\n",
    'packages/registry/package.json': manifest(['@eims/contracts', '@eims/tftp']),
    'packages/unheard-of/src/a.ts': '',
    'test/a.test.ts': "import '@eims/server'\nimport '../apps/server/src/a.ts'\nimport '@eims/lab'\n",
  })
  t.same(wrongArrows(found), [
    'apps/cli/src/a.ts: apps/cli may not import registry',
    'apps/server/src/a.ts: apps/server may not import lab',
    'apps/server/test/a.test.ts: apps/server may not import cli',
    'packages/registry/src/a.ts: ../../contracts/src/index.ts leaves packages/registry by its path',
    'packages/tftp/src/a.ts: packages/tftp may not import contracts',
    'packages/unheard-of/src/a.ts: packages/unheard-of has no place in the table of arrows',
    'packages/workflow/src/a.ts: @eims/contracts/src/plan.ts goes past the index of its package',
    'test/a.test.ts: test may not import server',
    'test/a.test.ts: ../apps/server/src/a.ts leaves test by its path',
    'packages/registry/package.json: packages/registry may not depend on tftp',
  ])
})

await t.test('imports up and sideways inside of the server', async (t) => {
  const found = await tree(t, {
    'apps/server/src/main.ts': "import './service.ts'\nimport './parts/tls.ts'\nimport './urls.ts'\n",
    'apps/server/src/service.ts': "import './main.ts'\n",
    'apps/server/src/parts/http.ts': "import '../app.ts'\nimport './tls.ts'\n",
    'apps/server/src/app.ts': "import './parts/http.ts'\nimport './boot/routes.ts'\nimport './urls.ts'\n",
    'apps/server/src/boot/routes.ts': "import '../http/routes.ts'\nimport './decide.ts'\n",
    'apps/server/src/boot/decide.ts': "import './routes.ts'\nimport './facts.ts'\nimport '../netboot/gate.ts'\n",
    'apps/server/src/engine/bulk.ts': "import type { X } from '../http/errors.ts'\nimport '../images/jobs.ts'\n",
    'apps/server/src/http/agent.ts': "import '../engine/caller.ts'\nimport '../boot/routes.ts'\n",
    'apps/server/src/urls.ts': "import './tokens.ts'\nexport { y } from './netboot/gate.ts'\n",
    'apps/server/src/unheard-of/a.ts': "import '../main.ts'\n",
    'apps/server/test/a.test.ts': "import '../src/main.ts'\nimport '../src/urls.ts'\n",
    'apps/cli/src/urls.ts': "import './http/client.ts'\n",
  })
  t.same(againstLevels(found), [
    'apps/server/src/app.ts: app.ts may not import parts/ (./parts/http.ts)',
    'apps/server/src/boot/decide.ts: boot/ may not import boot/routes.ts (./routes.ts)',
    'apps/server/src/engine/bulk.ts: engine/ may not import http/ (../http/errors.ts)',
    'apps/server/src/engine/bulk.ts: engine/ may not import images/ (../images/jobs.ts)',
    'apps/server/src/http/agent.ts: http/ may not import boot/routes.ts (../boot/routes.ts)',
    'apps/server/src/service.ts: service.ts may not import main.ts (./main.ts)',
    'apps/server/src/unheard-of/a.ts: it has no place in the table of levels',
    'apps/server/src/urls.ts: *.ts may not import netboot/ (./netboot/gate.ts)',
  ])
})

await t.test('imports in a circle', async (t) => {
  const found = await tree(t, {
    'packages/a/src/alone.ts': "import './first.ts'\nimport './self.ts'\nimport './shared.ts'\n",
    'packages/a/src/first.ts': "import './second.ts'\nimport './shared.ts'\n",
    'packages/a/src/second.ts': "import type { X } from './deep/third.ts'\n",
    'packages/a/src/deep/third.ts': "export * from '../first.ts'\nimport '../shared.ts'\n",
    'packages/a/src/self.ts': "import './self.ts'\n",
    'packages/a/src/shared.ts': "import 'node:fs'\n",
  })
  t.same(circles(found), [
    'packages/a/src/first.ts -> packages/a/src/second.ts -> packages/a/src/deep/third.ts -> packages/a/src/first.ts',
    'packages/a/src/self.ts -> packages/a/src/self.ts',
  ])
})

await t.test('imports that only hoisting makes work', async (t) => {
  const found = await tree(t, {
    'package.json': manifest(['esbuild'], ['tap']),
    'packages/contracts/package.json': manifest(['zod'], ['mitata']),
    'packages/contracts/src/a.ts':
      "import 'zod'\nimport 'zod/v4'\nimport 'fs'\nimport 'node:fs'\nimport 'tap'\nimport 'mitata'\n",
    'packages/contracts/test/a.test.ts': "import 'tap'\nimport 'mitata'\nimport 'pg'\n",
    'packages/workflow/src/a.ts': "import '@eims/contracts'\nimport '@scope/name/part'\n",
    'apps/web/package.json': manifest(['@eims/contracts'], ['react']),
    'apps/web/src/main.tsx': "import 'react'\nimport '@eims/contracts'\nexport const a = <b>x</b>\n",
    'deploy/bundle.ts': "import 'esbuild'\nimport 'zod'\n",
  })
  t.same(undeclaredImports(found), [
    'deploy/bundle.ts: zod is not declared by deploy/package.json',
    'packages/contracts/src/a.ts: write node:fs',
    'packages/contracts/src/a.ts: tap is not declared by packages/contracts/package.json',
    'packages/contracts/src/a.ts: mitata is not declared by packages/contracts/package.json',
    'packages/contracts/test/a.test.ts: pg is not declared by packages/contracts/package.json',
    'packages/workflow/src/a.ts: @eims/contracts is not declared by packages/workflow/package.json',
    'packages/workflow/src/a.ts: @scope/name is not declared by packages/workflow/package.json',
  ])
})

await t.test('overgrown files', async (t) => {
  const small = { 'test/a.ts': lines(80), 'test/b.ts': lines(1), 'test/c.ts': lines(400) }
  t.same(overgrown(await tree(t, { 'test/a.ts': lines(80), 'test/b.ts': lines(1), 'test/c.ts': lines(250) })), [])
  t.same(overgrown(await tree(t, small)), ['the 95th percentile is 400 lines, at most 250'])
  t.same(overgrown(await tree(t, { ...small, 'test/c.ts': lines(401) })), [
    'test/c.ts: 401 lines, at most 400',
    'the 95th percentile is 401 lines, at most 250',
  ])
  t.same(
    overgrown(await tree(t, { ...small, 'test/b.ts': lines(81), 'test/c.ts': lines(82), 'test/a.ts': lines(1) })),
    ['the median file has 81 lines, at most 80'],
  )
  const generated = { 'packages/registry/src/generated/client.ts': lines(5000), 'test/node_modules/x.ts': lines(5000) }
  t.same(overgrown(await tree(t, generated)), [])
})

await t.test('junk drawers', async (t) => {
  const names = [
    'packages/a/src/utils.ts',
    'packages/a/src/lib/x.ts',
    'test/helpers.ts',
    'test/types.ts',
    'test/common.ts',
  ]
  const fine = ['packages/a/src/library.ts', 'test/support/disk.ts', 'test/commonplace.ts']
  const found = junkDrawers(await tree(t, Object.fromEntries([...names, ...fine].map((path) => [path, '']))))
  t.same(new Set(found.map((line) => line.split(':')[0])), new Set(names))
})

await t.test('reads of the environment', async (t) => {
  const read = 'export const a = process.env.X\n'
  const found = await tree(t, {
    'apps/server/src/main.ts': read,
    'apps/server/src/http/main.ts': read,
    'apps/server/src/settings.ts': "import { env } from 'node:process'\nexport const a = env.X\n",
    'apps/server/src/other.ts': "export const a = process['env']\n",
    'apps/server/src/commented.ts':
      '// process.env is read in main.ts\n/* process.env */\nexport const a = process.pid\n',
    'packages/registry/src/a.ts': read,
    'packages/registry/src/b.ts': 'const { X } = process.env\nexport { X }\n',
    'packages/registry/test/a.test.ts': read,
    'deploy/build.ts': read,
    'test/run.ts': read,
  })
  t.same(
    environmentReads(found).map((line) => line.split(':')[0]),
    [
      'apps/server/src/http/main.ts',
      'apps/server/src/other.ts',
      'apps/server/src/settings.ts',
      'packages/registry/src/a.ts',
      'packages/registry/src/b.ts',
    ],
  )
})

await t.test('clocks, chance and the world in pure packages', async (t) => {
  const clock = 'export const a = () => Date.now()\n'
  const found = await tree(t, {
    'packages/dhcp-proxy/src/reply.ts': clock,
    'packages/dhcp-proxy/src/server.ts': clock,
    'packages/tftp/src/packet.ts': 'export const a = Math.random()\n',
    'packages/tftp/src/session.ts': clock,
    'packages/workflow/src/tick.ts': 'export const a = new Date()\nexport const b = () => setTimeout(() => {}, 1)\n',
    'packages/workflow/src/late.ts': '// Date.now() is for the rim\nexport const a = (now: number) => new Date(now)\n',
    'packages/workflow/test/a.test.ts': clock,
    'packages/cloud-config/src/a.ts': "import { readFileSync } from 'node:fs'\nexport const a = readFileSync('x')\n",
  })
  t.same(impure(found), [
    'packages/cloud-config/src/a.ts: touches the world',
    'packages/dhcp-proxy/src/reply.ts: reads the clock: take `now` as an argument',
    'packages/tftp/src/packet.ts: makes up numbers: take them as an argument',
    'packages/workflow/src/tick.ts: reads the clock: take `now` as an argument',
    'packages/workflow/src/tick.ts: waits: give the time back as a value',
  ])
})

await t.test('builtins known by their names', async (t) => {
  const found = await tree(t, {
    'packages/contracts/src/builtins.ts': "export const a = { wipe: 1, 'write-image': 2 }\n",
    'apps/agent/src/actions/table.ts': "import { a } from './write-image.ts'\nexport const b = { 'write-image': a }\n",
    'apps/agent/src/actions/write-image.ts': "export const a = 'write-image'\n",
    'apps/agent/src/actions/wipe.ts': "export const a = 'write-image'\n",
    'apps/server/src/key.ts': "export const a = { 'write-image': 1 }\n",
    'apps/server/src/said.ts': 'export const a = (x: string) => `no write-image before ${x}`\n',
    'apps/server/src/word.ts': "export const a = (x: string) => x === 'wipe'\n",
    'apps/server/src/typed.ts':
      "import './write-image.ts'\nexport type A = 'write-image' // 'wipe'\nexport const wipe = 'I wipe'\n",
    'apps/server/test/a.test.ts': "export const a = 'write-image'\n",
  })
  t.same(
    knownByName(found, ['wipe', 'write-image']).map((line) => line.split(';')[0]),
    [
      'apps/agent/src/actions/wipe.ts: knows the builtin write-image by its name',
      'apps/server/src/key.ts: knows the builtin write-image by its name',
      'apps/server/src/said.ts: knows the builtin write-image by its name',
      'apps/server/src/word.ts: knows the builtin wipe by its name',
    ],
  )
})

await t.test('sentences of others taken apart', async (t) => {
  const bad = [
    'const a = (x) => /iPXE/.test(x.message)',
    'const b = ({ message }) => message.startsWith("denied")',
    'const c = (x) => x?.reason?.text?.includes("no disk")',
    'const d = (x) => say(x.why(1)).endsWith("(hold)")',
    'const e = (x) => x.summary.replace(/^In progress: /, "")',
    'const f = (x) => x.detail === "gone"',
    'const g = (x) => "gone" !== x.run.reason',
    'const h = (x) => (x.message ?? "").toLowerCase().split("; ")',
    'const i = (x) => known.has(x.status.text)',
    'function j(x) { switch (x.message) { case "gone": } }',
    'const k = (x) => /^read (\\S+),/.exec(String(x.message))?.[1]',
  ]
  const fine = [
    'const a = (x) => x.reason.code === "held" && x.reason !== null && typeof x.message === "string"',
    'const b = (x) => x.message.split("\\n")[0] ?? x.message.slice(0, 80)',
    'const c = ({ data }) => data.name === "autoexec.ipxe"',
    'const d = (text) => /^[0-9]+$/.test(text)',
    'const e = (x) => x.messageType === "discover" || /^dhcp/.test(x.kind)',
    '// message.includes("x")',
  ]
  const found = await tree(t, {
    'apps/server/src/bad.ts': bad.join('\n'),
    'apps/server/src/fine.ts': fine.join('\n'),
    'apps/server/test/a.test.ts': bad.join('\n'),
    'packages/registry/src/down.ts': 'export const a = (x) => /connection/.test(x.message)\n',
    'packages/registry/src/mended.ts': 'export const a = 1\n',
  })
  const why = 'it gives nothing but words'
  const lines = readsProse(found, { 'packages/registry/src/down.ts': why, 'packages/registry/src/mended.ts': why })
  t.same(
    lines.map((line) => line.replace(/(?<=sentence: (?:const|function) \w).*/, '')),
    [
      ...'abcdefghi'.split('').map((name) => `apps/server/src/bad.ts: reads a sentence: const ${name}`),
      'apps/server/src/bad.ts: reads a sentence: switch (x.message) {',
      'apps/server/src/bad.ts: reads a sentence: const k',
      'packages/registry/src/mended.ts: need not be named as a reader of sentences',
    ],
  )
})

await t.test('assertions beside what is waited for', async (t) => {
  const found = await tree(t, {
    'test/plain.test.ts': "t.equal(1, 1)\nt.test('a', async (t) => {\n  t.ok(await x())\n})\n",
    'test/ordered.test.ts': "const dir = await x()\nt.teardown(y)\nawait t.test('a', (t) => t.end())\n",
    'test/between.test.ts': 'const dir = await x()\nt.equal(dir, 1)\n',
    'test/inside.test.ts': 't.equal(await x(), 1)\n',
    'test/rejects.test.ts': 'await t.rejects(x())\n',
  })
  t.same(
    assertionsInTheOpen(found).map((line) => line.split(':')[0]),
    ['test/between.test.ts', 'test/inside.test.ts', 'test/rejects.test.ts'],
  )
})

await t.test('tests that wait for time', async (t) => {
  const bad = {
    slept: "import { setTimeout as sleep } from 'node:timers/promises'\nawait sleep(300)\n",
    polled: 'while (!x()) await new Promise((resolve) => setTimeout(resolve, 20))\n',
    measured: 't.ok(performance.now() - began < 5000)\n',
    dated: 't.ok(\n  Math.abs(now - Date.now()) < 5_000,\n)\n',
  }
  const fine = [
    "import { setImmediate as turn } from 'node:timers/promises'",
    't.setTimeout(600_000)',
    'socket.setTimeout(5)',
    'const later = Date.now() + 60_000',
    '// setTimeout(x, 1)',
  ]
  const found = await tree(t, {
    ...Object.fromEntries(Object.entries(bad).map(([name, text]) => [`apps/a/test/${name}.test.ts`, text])),
    'apps/a/test/fine.test.ts': fine.join('\n'),
    'apps/a/src/a.ts': bad.slept,
    'deploy/b/test/b.test.ts': bad.polled,
    'packages/c/test/support/known.ts': bad.polled,
    'packages/c/test/mended.test.ts': '',
    'test/vm/a.test.ts': bad.slept,
  })
  const why = 'a socket that nobody reads'
  t.same(
    bareWaits(found, { 'packages/c/test/support/known.ts': why, 'packages/c/test/mended.test.ts': why }).map(
      (line) => line.split(';')[0],
    ),
    [
      ...Object.keys(bad)
        .sort()
        .map((name) => `apps/a/test/${name}.test.ts: waits for time`),
      'deploy/b/test/b.test.ts: waits for time',
      'packages/c/test/mended.test.ts: need not be named as one that waits',
    ],
  )
})
