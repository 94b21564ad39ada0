import t from 'tap'
import { type BootFileRule, matchesGlob } from '../src/index.ts'
import { ask, question, text, why } from './machine.ts'

// Promise: the node's own boot file wins over the first rule of which everything given holds, that over the table.

const rules: BootFileRule[] = [
  { architecture: 7, vendorClass: 'PXEClient:Arch:00007:UNDI:0031', file: 'both.efi' },
  { architecture: 7, vendorClass: '*:UNDI:*77', file: 'glob.efi' },
  { vendorClass: 'PXEClient:Arch:00006', file: 'by-class.efi' },
  { architecture: 0, file: 'own.kpxe' },
]
const file = (vendorClass: string, arch: string, bootFile: string | null = null, more: Record<number, string> = {}) => {
  const decision = ask(question({ options: { 53: '03', 60: text(vendorClass), 93: arch, ...more } }), {
    port: 4011,
    from: { address: '192.168.77.100', port: 4011 },
    settings: { bootFiles: rules },
    facts: { bootFile },
  })
  return decision.kind === 'reply' ? decision.file?.split('/')[1] : decision.reason
}

t.equal(file('PXEClient:Arch:00007:UNDI:003100', '0007'), 'both.efi')
t.equal(file('PXEClient:Arch:00007:UNDI:003016', '0007'), 'snponly.efi', 'only one of two conditions holds')
t.equal(file('PXEClient:Arch:00007:UNDI:003077', '0007'), 'glob.efi')
t.equal(file('PXEClient:Arch:00006:UNDI:003016', '0006'), 'by-class.efi', 'a number that the table refuses')
t.equal(file('PXEClient:Arch:00000:UNDI:002001', '0000'), 'own.kpxe')
t.equal(file('PXEClient:Arch:00000:UNDI:002001', '0000', 'node.efi'), 'node.efi')
t.equal(file('PXEClient', 'ffff', 'node.efi'), 'node.efi', 'for a number nobody knows')
t.same(file('PXEClient', '0007', '../x'), why('boot-file-name', { file: '../x' }))
t.equal(file('PXEClient', '0007', 'node.efi', { 77: text('iPXE'), 175: '150101' }), 'node.efi', 'a foreign iPXE too')

const globs: [string, string, boolean][] = [
  ['a', 'a', true],
  ['a', 'ab', false],
  ['*', '', true],
  ['a*', 'abc', true],
  ['*c', 'abc', true],
  ['a*c', 'ac', true],
  ['a*a', 'a', false],
  ['a*b*c', 'a--b--c', true],
  ['a*b*b', 'ab', false],
  ['*b*', 'abc', true],
]
for (const [glob, said, expected] of globs) t.equal(matchesGlob(glob, said), expected, `${glob} ${said}`)
t.equal(matchesGlob('*a'.repeat(127), 'a'.repeat(255)), true, 'and in no time')
