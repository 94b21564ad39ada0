import t from 'tap'
import { licencesOf } from '../../micro-os/licences.ts'
import { cycloneDx, notice, type Part } from '../bill-of-materials.ts'

// One promise: whatever of others is handed on is named, with version, licence and where its source is.

const parts: Part[] = [
  { from: 'npm', name: '@fastify/static', version: '9.0.0', licence: 'MIT', where: 'npm packages' },
  {
    from: 'debian',
    name: 'libzstd1',
    version: '1.5.4+dfsg2-5',
    source: { name: 'libzstd', version: '1.5.4+dfsg2-5' },
    licence: null,
    where: 'Debian packages',
  },
]

await t.test('in the notice', async (t) => {
  const lines = notice(parts).split('\n')
  t.ok(lines.includes('  @fastify/static 9.0.0: MIT'))
  t.ok(lines.includes('  libzstd1 1.5.4+dfsg2-5: see its copyright file (source libzstd 1.5.4+dfsg2-5)'))
})

await t.test('in the bill of materials', async (t) => {
  const { components, ...head } = cycloneDx('1.2.3', parts) as { components: { purl: string; 'bom-ref': string }[] }
  t.match(head, { bomFormat: 'CycloneDX', specVersion: '1.6', metadata: { component: { version: '1.2.3' } } })
  t.strictSame(
    components.map(({ purl }) => purl),
    ['pkg:npm/%40fastify/static@9.0.0', 'pkg:deb/debian/libzstd1@1.5.4%2Bdfsg2-5'],
  )
})

await t.test('a licence as a copyright file names it', async (t) => {
  const machine =
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2\n'
  t.equal(
    licencesOf(`${machine}\nFiles: debian/*\nLicense: BSD-2-Clause or GPL-2\n\nLicense: GPL-2\n text\n`),
    'BSD-2-Clause or GPL-2; GPL-2',
  )
  t.equal(licencesOf('This is free software; see `/usr/share/common-licenses/GPL-2.'), 'GPL-2')
  t.equal(licencesOf('Nobody says under which terms.'), null)
  t.equal(licencesOf(''), null)
})
