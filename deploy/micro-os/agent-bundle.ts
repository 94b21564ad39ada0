import { fileURLToPath } from 'node:url'

const AGENT_ENTRY = fileURLToPath(new URL('../../apps/agent/src/main.ts', import.meta.url))
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Bundles the agent to one readable ESM file for Node 24; the same sources give the same bytes in any folder.
 * @param entry source file to start from; the agent's own `main.ts` by default
 * @throws with esbuild's messages when a source is missing or wrong
 */
export async function bundleAgent({
  outFile,
  entry = AGENT_ENTRY,
}: {
  outFile: string
  entry?: string
}): Promise<void> {
  const { build } = await import('esbuild')
  await build({
    entryPoints: [entry],
    outfile: outFile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: false,
    legalComments: 'none',
    // paths in comments are relative to this folder, so the checkout's own place is not in the bundle
    absWorkingDir: ROOT,
    // a CommonJS dependency that requires a builtin finds it
    banner: {
      js: "import { createRequire as eimsRequire } from 'node:module'; const require = eimsRequire(import.meta.url)",
    },
    logLevel: 'silent',
  })
}
