import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fetchDebianTree } from '@eims/lab'

/**
 * Debian's Chromium without a window, with a font like those of the systems that people have. In a tree of its own:
 * nothing is installed on this machine.
 */
const PACKAGES = ['chromium-headless-shell', 'base-files', 'dash', 'coreutils', 'fonts-inter', 'fonts-dejavu-core']

/**
 * Fetches Chromium, once, and writes a program that runs it inside of its tree: it starts further processes of itself, which
 * must find the tree's C library by themselves. It needs root, as the tests do.
 * @param cacheDir keeps the tree
 * @param into a folder for the program
 * @returns the program, for playwright's `executablePath`
 */
export async function chromiumProgram(cacheDir: string, into: string): Promise<string> {
  const tree = await fetchDebianTree({
    cacheDir,
    name: 'chromium-trixie',
    release: 'trixie',
    packages: PACKAGES,
    withDependencies: true,
  })
  for (const folder of ['proc', 'dev', 'tmp', 'root']) await mkdir(join(tree, folder), { recursive: true })
  const program = join(into, 'chromium')
  await writeFile(
    program,
    `#!/bin/sh
# Playwright speaks to it by descriptors that each of these hands on, and ends it by the process that it started.
exec unshare --mount --propagation private sh -c '
  tree=$1; shift
  for folder in proc dev tmp; do mount --rbind /$folder "$tree/$folder"; done
  exec chroot "$tree" /usr/bin/env HOME=/tmp LANG=C.UTF-8 /usr/lib/chromium/chromium-headless-shell "$@"
' sh '${tree}' "$@"
`,
  )
  await chmod(program, 0o755)
  return program
}
