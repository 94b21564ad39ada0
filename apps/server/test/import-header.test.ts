import t from 'tap'
import { checkMapped, columnMapping } from '../src/imports/column-mapping.ts'
import { columnNamed } from '../src/imports/column-names.ts'
import { findHeader, isHeader, readHeader } from '../src/imports/header.ts'
import { separatorOf } from '../src/imports/separator.ts'

const none = columnMapping([], {})

await t.test('names of vendors, in the languages of their lists', (t) => {
  const means = (names: string, column: string | undefined) => {
    for (const name of names.split(', ')) t.equal(columnNamed(name), column, name)
  }
  means(
    'Serial Number, S/N, SN, Service Tag, Seriennummer, Serien-Nr., Numéro de série, Número de serie, N° de série',
    'Serial',
  )
  means('Nº de serie, Numero di serie, Serienummer, Nume\u0301ro de se\u0301rie, シリアル番号', 'Serial')
  means(
    'MAC, MAC Address, MAC-Adresse, MAC Adressen, LAN1 MAC, LAN 2 MAC Address, NIC1, NIC.Integrated.1-1-1 MAC',
    'MAC',
  )
  means('MAC 1, MAC2, MAC A, MAC NIC 2, MAC-Adresse LAN 1, Adresse MAC, Dirección MAC, Port 1 MAC, eth0 MAC', 'MAC')
  means('UUID, System UUID, SMBIOS UUID', 'UUID')
  means('Hersteller, Fabricant, Vendor', 'Manufacturer')
  means('Modell, Modèle, Model', 'Product')
  means(
    'Asset Tag, Inventarnummer, BMC MAC, iDRAC MAC Address, WLAN MAC, Bluetooth MAC, MAC BMC, Machine, LAN1, Standort',
    undefined,
  )
  t.end()
})

const find = (rows: string[], mapping = none) =>
  findHeader(
    rows.map((row, index) => ({ line: index + 1, cells: row.split(';') })),
    mapping,
  )

await t.test('a title above the header is left out, when nothing in it can be a header', (t) => {
  const below = find(['Lieferliste 4711;;', ';Stand: Mai;', 'Seriennummer;MAC-Adresse;Farbe', 'A-1;;rot'])
  t.match(below, { line: 3, problems: [] })
  t.same([...below!.header.places.keys()], ['Serial', 'MAC'])
  t.match(find(['Liste', 'Serial', 'A-1']), { line: 2, problems: [] }, 'of one column')
  t.match(find(['Serial;Farbe', 'MAC;SN']), { line: 1 }, 'the first line is a header already')
  t.match(find(['Liste', 'SN;Serial', 'x;y']), { line: 2, problems: [{ code: 'duplicate-column' }] })
  t.match(find(['Order;4711', 'Serial;MAC']), {
    line: 1,
    problems: [
      { code: 'no-identifier-column', message: /line 2 looks like the header: take out what stands above it$/ },
    ],
  })
  t.match(
    find(['A-1;x', 'A-2;SN']),
    { line: 1, problems: [{ message: /must name the columns/ }] },
    'a cell is no header',
  )
  t.equal(find([]), null)
  t.end()
})

await t.test('the separator is that of the header, whatever stands above it', (t) => {
  const header = (cells: string[]) => isHeader(cells, none)
  const text = 'Liste, Stand Mai, Halle 3\r\n\r\n"Serial";MAC;"Name, kurz"\r\nA,1;b,c;d,e\r\n'
  t.same(separatorOf(text, header), { separator: ';', crlf: true })
  t.same(separatorOf('Titel\nSerial|MAC\n', header), { separator: '|', crlf: false })
  t.same(
    separatorOf('Titel\nx\ty\n', header),
    { separator: ',', crlf: false },
    'the first line’s, where nothing is a header',
  )
  t.end()
})

await t.test('columns that a person names: for this import, or for good', (t) => {
  const mapping = columnMapping(['Kennung=serial number', 'Geräte-Nr.=', '#=Name', 'a=b=MAC'], {
    KENNUNG: 'Name',
    Halle: 'Batch',
  })
  const { header, problems } = readHeader(
    ['kennung', 'Geraete', 'Gerätenr', '#', 'a=b', 'Halle', 'MAC', 'SN', 'rest'],
    mapping,
  )
  t.same(problems, [])
  t.same(Object.fromEntries(header.places), { Serial: [0], Name: [3], MAC: [4, 6], Batch: [5] })
  t.same(header.unknown, ['Geraete', 'SN', 'rest'], 'who names the serial has said that SN is none')
  t.same(header.meanings, [
    { name: 'kennung', column: 'Serial', by: 'request' },
    { name: 'Gerätenr', column: '', by: 'request' },
    { name: '#', column: 'Name', by: 'request' },
    { name: 'a=b', column: 'MAC', by: 'request' },
    { name: 'Halle', column: 'Batch', by: 'site' },
    { name: 'MAC', column: 'MAC', by: 'name' },
  ])
  t.match(find(['Bericht', 'Kennung;x'], mapping), { line: 1 }, 'one name among others may be a title')
  t.match(find(['Bericht', 'Kennung;Halle'], mapping), { line: 2, problems: [] })
  t.match(readHeader(['S/N', 'Service Tag']).problems, [
    { column: 'Service Tag', code: 'duplicate-column', message: /^means the same as S\/N; leave one of them out/ },
  ])
  t.same(readHeader(['S/N', 'Service Tag'], columnMapping(['Service Tag='], {})).problems, [])
  for (const text of ['', 'Serial', '=Serial', 'Kennung=Farbe', 'x=Error'])
    t.throws(() => columnMapping([text], {}), { code: 'invalid-input', fields: [{ path: 'query.column' }] }, text)
  t.throws(() => checkMapped(['Kenung=Serial'], ['Kennung', 'MAC']), {
    message: 'query.column names Kenung, which the file does not have; it has: Kennung, MAC',
  })
  checkMapped(['KENNUNG=Serial'], ['Kennung'])
  t.end()
})
