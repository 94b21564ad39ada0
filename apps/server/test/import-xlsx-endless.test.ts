import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { columnMapping } from '../src/imports/column-mapping.ts'
import { openList } from '../src/imports/list-file.ts'
import { SharedStrings } from '../src/imports/xlsx/strings.ts'
import { workbookParts, zipped } from './support/workbook.ts'

// One promise: a text, a value or a formula that is made of many pieces has the bound of one that is not.

const folder = mkdtempSync(join(tmpdir(), 'eims-endless-'))
t.teardown(() => rmSync(folder, { recursive: true }))

function read(part: string, xml: string) {
  const path = join(folder, 'file.xlsx')
  // Unpacked, for the bound of what shrinks too well must not come first.
  writeFileSync(path, zipped({ ...workbookParts([{ name: 'A', rows: [['Serial']] }]), [part]: xml }, 0))
  const encoding = { encoding: 'utf-8', mark: false } as const
  return openList(
    path,
    encoding,
    columnMapping([], {}),
    undefined,
    () => {},
    async () => {},
  )
}

const PIECES = 1024 * 1024 + 1
const beyond = { code: 'import-unreadable', message: /^the file is a workbook with a cell beyond all bounds/ }

for (const [what, part, xml] of [
  ['shared text', 'xl/sharedStrings.xml', `<sst><si>${'<t>a</t>'.repeat(PIECES)}</si></sst>`],
  [
    'value',
    'xl/worksheets/sheet1.xml',
    `<worksheet><row><c t="str">${'<v>a</v>'.repeat(PIECES)}</c></row></worksheet>`,
  ],
  [
    'text in its cell',
    'xl/worksheets/sheet1.xml',
    `<worksheet><row><c t="inlineStr"><is>${'<r><t>a</t></r>'.repeat(PIECES)}</is></c></row></worksheet>`,
  ],
  [
    'formula',
    'xl/worksheets/sheet1.xml',
    `<worksheet><row><c><f>${'a<![CDATA[a]]>'.repeat(PIECES / 2)}a</f></c></row></worksheet>`,
  ],
] as const)
  await t.test(`a ${what} of endless pieces is refused`, async (t) => {
    await t.rejects(read(part, xml), beyond)
  })

await t.test('texts of a workbook are bounded by number, too, for empty ones cost no bytes of text', (t) => {
  const strings = new SharedStrings()
  for (let count = 0; count < 8_000_000; count++) strings.add('')
  t.throws(() => strings.add(''), { code: 'import-unreadable', message: /more than 8000000 texts/ })
  t.end()
})
