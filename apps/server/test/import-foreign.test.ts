import { gzipSync } from 'node:zlib'
import t from 'tap'
import { formatOf } from '../src/imports/file-format.ts'
import { startDatabases } from './support/databases.ts'
import { openSite, rowCounts } from './support/site.ts'
import { zipped } from './support/workbook.ts'

const databases = await startDatabases(t)

const ole2 = (...names: string[]) =>
  Buffer.concat([
    Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
    Buffer.alloc(65_536 - 18),
    ...names.map((name) => Buffer.from(`${name}\0`, 'utf16le')),
  ])
const office = (part: string) =>
  zipped({
    '_rels/.rels': `<Relationships><Relationship Id="a" Type="http://x/officeDocument" Target="${part}"/></Relationships>`,
    [part]: 'x',
  })
const utf32 = (text: string) =>
  Buffer.concat(text.split('').map((letter) => Buffer.from([letter.codePointAt(0)!, 0, 0, 0])))

/** Each as people send it, and as what it is named. */
const foreign: [string, Buffer, RegExp][] = [
  [
    'a PDF',
    Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n'),
    /^the file is a PDF document; save the list as \.xlsx or as CSV and import that$/,
  ],
  ['gzip', gzipSync('Serial\nA-1\n'), /compressed by gzip; unpack it first/],
  ['a ZIP file', zipped({ 'list.csv': 'Serial\nA-1\n' }), /is a ZIP archive; unpack it first/],
  ['an empty ZIP file', zipped({}), /is a ZIP archive; unpack it first/],
  [
    '.ods',
    zipped({ mimetype: 'application/vnd.oasis.opendocument.spreadsheet', 'content.xml': '<x/>' }, 0),
    /OpenDocument file \(\.ods\)/,
  ],
  ['Numbers', zipped({ 'Index/Document.iwa': 'x' }), /document of Numbers/],
  ['.xlsb', office('xl/workbook.bin'), /binary workbook \(\.xlsb\)/],
  ['.docx', office('word/document.xml'), /text document \(\.docx\)/],
  ['.xls', ole2('Root Entry', 'Workbook'), /workbook of Excel 97 to 2003 \(\.xls\)/],
  [
    'an encrypted .xlsx',
    ole2('EncryptionInfo', 'EncryptedPackage'),
    /encrypted with a password; take the password away/,
  ],
  ['.doc', ole2('WordDocument'), /document of an old Office program/],
  ['a web page', Buffer.from('\uFEFF\r\n <!DOCTYPE html><html><table><tr><td>Serial'), /web page \(HTML\)/],
  ['a table that calls itself .xls', Buffer.from('<table border=1><tr><th>Serial</th>'), /web page \(HTML\)/],
  [
    'XML of Excel 2003',
    Buffer.from('<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>'),
    /XML spreadsheet of Excel 2003/,
  ],
  ['JSON', Buffer.from('[\n {"serial": "A-1"}]'), /is JSON/],
  ['UTF-32', utf32('\uFEFFSerial\n'), /UTF-32; save it as UTF-8/],
  ['UTF-32 without its mark', utf32('Serial\nA-1\n'), /UTF-32; save it as UTF-8/],
  ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), /picture \(PNG\)/],
  ['a program', Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 7) % 32)), /is no text/],
]

await t.test('what is no list is named as what it is, and never repeated', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const before = await rowCounts(site)
  for (const [name, body, detail] of foreign) {
    const reply = await fetch(`${site.admin}/api/v1/imports`, {
      method: 'POST',
      body: new Uint8Array(body),
      headers: { authorization: `Bearer ${site.keys.operator}`, 'content-type': 'application/octet-stream' },
    })
    const text = await reply.text()
    t.equal(reply.status, 415, name)
    t.match(JSON.parse(text), { code: 'import-unreadable', detail, remedy: /save the list as/ }, name)
    t.match(text, /^[\x20-\x7e]+$/, `${name}: nothing of its bytes`)
  }
  for (const type of [
    'application/pdf',
    'application/zip',
    'text/html',
    'application/vnd.oasis.opendocument.spreadsheet',
  ]) {
    const headers = { authorization: `Bearer ${site.keys.operator}`, 'content-type': type }
    const reply = await fetch(`${site.admin}/api/v1/imports`, { method: 'POST', body: '%PDF-1.4', headers })
    t.match(await reply.json(), { code: 'import-unreadable' }, type)
  }
  t.same(await rowCounts(site), before)
})

await t.test('what is a list stays one', (t) => {
  for (const text of [
    '',
    'Serial',
    '[Serial],MAC\n',
    '<none>,x',
    '{x}',
    'PK,Serial',
    'BZ',
    '%P',
    'GIF',
    'MZ,Serial\n1,2\n',
  ])
    t.equal(formatOf(Buffer.from(text)), 'text', text)
  t.equal(formatOf(Buffer.from('\uFEFFSerial\nÄ-1\n', 'utf16le')), 'text')
  t.equal(formatOf(Buffer.from('Serial\nA-1\n', 'utf16le')), 'text', 'without its mark, which its reader says')
  t.equal(formatOf(Buffer.from('Serial;Größe\n', 'latin1')), 'text')
  t.end()
})
