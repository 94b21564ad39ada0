/** The one suite that everything comes from, whatever Debian the host runs. */
export const SUITE = 'trixie'

/** One place to fetch from: sources.list(5), in its deb822 form. */
export interface Source {
  readonly uris: readonly string[]
  readonly suites: readonly string[]
  /** path of a keyring, a fingerprint, or undefined for the host's own trusted keys */
  readonly signedBy: string | undefined
}

const SUITE_NAME =
  /^(?:oldoldstable|oldstable|stable|testing|unstable|sid|bullseye|bookworm|trixie|forky)(?<part>-security|-updates|)$/

/**
 * The host's own Debian sources with the suite changed to `SUITE`, so that its mirror, its proxy and its keys
 * are used and no mirror is named here. Updates and security are taken when the host takes them.
 *
 * @param files texts of sources.list and sources.list.d, by name (`.list` is the one-line form, `.sources` deb822)
 * @returns one entry per set of URIs, in the host's order; empty when the host has no Debian source
 */
export function sourcesForSuite(files: readonly { name: string; text: string }[]): Source[] {
  const found = new Map<string, Source>()
  for (const { name, text } of files) {
    const entries = name.endsWith('.sources') ? parseDeb822(text) : parseOneLine(text)
    for (const entry of entries) {
      const suites = entry.suites.flatMap((suite) => {
        const part = SUITE_NAME.exec(suite)?.groups?.part
        return part === undefined ? [] : [`${SUITE}${part}`]
      })
      if (suites.length === 0) continue
      const key = entry.uris.join(' ')
      const before = found.get(key)
      found.set(key, {
        uris: entry.uris,
        suites: [...new Set([...(before?.suites ?? []), ...suites])],
        signedBy: before?.signedBy ?? entry.signedBy,
      })
    }
  }
  return [...found.values()]
}

/** The sources as the text of a `.sources` file; only package lists are fetched, no other indexes. */
export function formatSources(sources: readonly Source[]): string {
  return sources
    .map((source) =>
      [
        'Types: deb',
        `URIs: ${source.uris.join(' ')}`,
        `Suites: ${source.suites.join(' ')}`,
        'Components: main',
        'Targets: Packages',
        ...(source.signedBy === undefined ? [] : [`Signed-By: ${source.signedBy}`]),
        '',
      ].join('\n'),
    )
    .join('\n')
}

function parseDeb822(text: string): Source[] {
  return text
    .replace(/^#.*\n?/gm, '')
    .split(/\n[ \t]*\n/)
    .flatMap((stanza) => {
      const fields = new Map<string, string>()
      let last = ''
      for (const line of stanza.split('\n')) {
        const field = /^([A-Za-z-]+):\s*(.*)$/.exec(line)
        if (field !== null) {
          last = field[1]!.toLowerCase()
          fields.set(last, field[2]!.trim())
        } else if (/^[ \t]/.test(line) && last !== '') {
          // a key may stand in the file itself, on indented lines: keep them as they are
          fields.set(last, `${fields.get(last)}\n${line}`)
        }
      }
      const words = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter((word) => word !== '')
      if (!words('types').includes('deb') || !words('components').includes('main')) return []
      if (/^(no|false|0)$/i.test(fields.get('enabled') ?? 'yes')) return []
      return [{ uris: words('uris'), suites: words('suites'), signedBy: fields.get('signed-by') }]
    })
}

function parseOneLine(text: string): Source[] {
  return text.split('\n').flatMap((line) => {
    const match = /^deb\s+(?:\[(?<options>[^\]]*)\]\s+)?(?<uri>\S+)\s+(?<suite>\S+)\s+(?<components>[^#]*)/.exec(
      line.trim(),
    )?.groups
    if (match === undefined || !match.components!.split(/\s+/).includes('main')) return []
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(match.options ?? '')?.[1]
    return [{ uris: [match.uri!], suites: [match.suite!], signedBy }]
  })
}
