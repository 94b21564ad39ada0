import { CommandFailed, fetchDebianTree, fromTree, run } from '@eims/lab'

/**
 * Prometheus's own checker, Debian's, unpacked below `cache`: its package would start a daemon.
 * @returns given its words and what it reads on standard input: what it complains of; empty when nothing
 */
export async function fetchPromtool(cache: string): Promise<(words: string[], input?: string) => Promise<string>> {
  const tree = await fetchDebianTree({
    cacheDir: cache,
    name: 'prometheus-trixie',
    release: 'trixie',
    packages: ['prometheus'],
    withDependencies: true,
  })
  const [program, ...start] = fromTree(tree, 'usr/bin/promtool')
  return async (words, input = '') => {
    try {
      return (await run(program, [...start, ...words], { input })).stderr
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error
      // 1 and 3 are its own: broken, and against its advice
      return error.stdout + error.stderr || error.message
    }
  }
}
