/** A program or library of others that is handed on, as its own packaging names it. */
export interface Part {
  from: 'npm' | 'debian'
  name: string
  version: string
  /** of its source package, where that is another */
  source?: { name: string; version: string }
  /** SPDX expression or names; null: its packaging does not say it where programs read */
  licence: string | null
  /** what holds it, of what is handed on: `npm packages`, `Debian packages`, `Micro-OS x86_64` */
  where: string
}

/** PURE: a bill of materials in CycloneDX 1.6 (ECMA-424), by which scanners know what may be vulnerable. */
export function cycloneDx(version: string, parts: readonly Part[]): object {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: { type: 'application', name: 'eims', version, licenses: [{ license: { id: 'Apache-2.0' } }] },
    },
    components: parts.map((part) => ({
      type: part.from === 'npm' ? 'library' : 'application',
      'bom-ref': `${purl(part)}#${part.where.replaceAll(' ', '-')}`,
      name: part.name,
      version: part.version,
      purl: purl(part),
      ...(part.licence ? { licenses: [{ license: { name: part.licence } }] } : {}),
      properties: [{ name: 'eims:where', value: part.where }],
    })),
  }
}

/** PURE: the notice that goes with every copy: whose each part is, under which terms, and where its source is. */
export function notice(parts: readonly Part[]): string {
  const lines = [
    'eims is Apache-2.0 (LICENSE). It is handed on with the programs and libraries of others that follow, each under its',
    'own terms. The full terms of an npm package are in its folder below node_modules, those of a Debian package in its',
    '/usr/share/doc/NAME/copyright (dpkg-deb --fsys-tarfile FILE.deb | tar -xO ./usr/share/doc/NAME/copyright), those of the',
    'tools for boot media in artifacts/media-tools/doc.',
    '',
    'Source of a Debian package: apt-get source NAME=VERSION on a Debian of that release, or snapshot.debian.org. Source of',
    'an npm package: npm pack NAME@VERSION, and the repository that its package.json names.',
  ]
  for (const where of new Set(parts.map((part) => part.where))) {
    lines.push('', where, '')
    for (const { name, version, source, licence } of parts.filter((part) => part.where === where))
      lines.push(
        `  ${name} ${version}: ${licence ?? 'see its copyright file'}${source ? ` (source ${source.name} ${source.version})` : ''}`,
      )
  }
  return `${lines.join('\n')}\n`
}

/** A package URL (https://github.com/package-url/purl-spec). */
function purl({ from, name, version }: Part): string {
  const path = name.split('/').map(encodeURIComponent).join('/')
  return from === 'npm' ? `pkg:npm/${path}@${version}` : `pkg:deb/debian/${path}@${encodeURIComponent(version)}`
}
