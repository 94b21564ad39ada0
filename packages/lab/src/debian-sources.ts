import { run } from './command.ts'

/** The Debian releases that the lab takes packages from, whatever the host runs. */
export type DebianRelease = 'bookworm' | 'trixie'

const INDEX_FORMAT = '$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ORIGIN)'
const DEBIAN_RELEASE = /^(?:stable|oldstable|bookworm|trixie|forky|sid)(-security|-updates)?$/

/**
 * Turns the host's own package sources into those of another Debian release, so that packages come from the mirror
 * that this site uses.
 * @param indexes lines `URI|release|component|origin` of `apt-get indextargets` (origin is empty before `apt-get update`)
 * @returns `URI suite main` (an apt source without its leading `deb`), no doubles; empty when the host has none of Debian
 */
export function sourcesFor(release: DebianRelease, indexes: string): string[] {
  const sources = new Set<string>()
  for (const line of indexes.split('\n')) {
    const [uri = '', suite = '', component, origin] = line.trim().split('|')
    const match = DEBIAN_RELEASE.exec(suite)
    const fromDebian = origin === undefined || origin === '' || origin.startsWith('$(') || origin === 'Debian'
    if (!match || component !== 'main' || !fromDebian || !/^https?:/.test(uri)) continue
    sources.add(`${uri} ${release}${match[1] ?? ''} main`)
  }
  return [...sources]
}

/** The host's sources (`URI suite main`) for a Debian release. Throws, with the remedy, when the host has none. */
export async function hostSources(release: DebianRelease): Promise<string[]> {
  const { stdout } = await run('apt-get', ['indextargets', '--format', INDEX_FORMAT, 'Created-By: Packages'])
  const sources = sourcesFor(release, stdout)
  if (sources.length === 0)
    throw new Error(
      'no Debian package source with component "main" in /etc/apt: add one for this machine, then run apt-get update',
    )
  return sources
}

/** The host's apt proxy settings as `--aptopt` values: mmdebstrap does not read the host's apt configuration. */
export async function hostProxies(): Promise<string[]> {
  const { stdout } = await run('apt-config', ['dump', 'Acquire'])
  return stdout.split('\n').filter((line) => /^Acquire::https?::Proxy /i.test(line))
}
