import { globSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'vite'
import { documents } from './src/addresses.ts'

/**
 * Builds the dashboard: its documents and their assets, which have their hashes in their names.
 *   usage: build.ts --out DIR
 * Writes to standard output, as JSON, which document is at which address, and the folders of the npm packages that are in it.
 */
const { values } = parseArgs({ options: { out: { type: 'string' } } })
const root = import.meta.dirname

const built = await build({
  root,
  configFile: false,
  logLevel: 'error',
  // React Aria lies beside another React, which the tools of the tests need.
  resolve: { dedupe: ['react', 'react-dom'] },
  build: {
    outDir: resolve(values.out ?? 'dist'),
    emptyOutDir: true,
    target: ['chrome123', 'firefox125', 'safari17.5'],
    // Nothing is written into the document or the style sheet: the Content-Security-Policy allows it nowhere.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      input: Object.keys(documents).map((each) => join(root, each)),
      // What the contracts do when they are loaded is to name schemas for the OpenAPI document, which is no page's.
      treeshake: { moduleSideEffects: [{ test: /\/packages\/contracts\//, sideEffects: false }] },
      onLog: () => {},
      // However pages are cut: before any schema is made, src/no-code-from-text.ts has spoken.
      output: { codeSplitting: { groups: [{ name: 'zod', test: /no-code-from-text|node_modules\/zod\// }] } },
    },
  },
})
const chunks = [built].flat().flatMap((each) => ('output' in each ? each.output : []))
const modules = chunks.flatMap((chunk) => (chunk.type === 'chunk' ? Object.keys(chunk.modules) : []))
const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/
const packages = [...new Set(modules.flatMap((module) => folder.exec(module)?.[0] ?? []))].sort()
const known = new Set(globSync(packages.map((each) => join(each, 'package.json'))))
process.stdout.write(
  JSON.stringify({
    pages: Object.fromEntries(
      Object.entries(documents).flatMap(([document, at]) => at.map((address) => [address, document])),
    ),
    packages: packages.filter((each) => known.has(join(each, 'package.json'))),
  }),
)
