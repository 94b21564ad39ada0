import { BootQuery } from '@eims/contracts'
import t from 'tap'
import { scriptQuery } from '../src/boot/script-query.ts'
import { whoAsks } from '../src/boot/who.ts'

const read = (query: string) => scriptQuery(`/boot/script?${query}`)
const hex = (text: string, encoding: 'utf8' | 'latin1' = 'utf8') =>
  (Buffer.from(text, encoding).toString('hex').match(/../g) ?? []).join('-')
/** As iPXE asks for a machine with these texts in its SMBIOS. */
const asks = (serial: string, manufacturer: string, product: string, encoding?: 'latin1') =>
  `mac=52-54-00-aa-00-01&uuid=11111111-2222-3333-4444-555555555555&arch=x86_64&platform=efi&serialHex=${hex(serial, encoding)}&manufacturerHex=${hex(manufacturer, encoding)}&productHex=${hex(product, encoding)}`
const identityOf = (query: string) => whoAsks(BootQuery.parse(read(query))).identity

const odd = [
  'AB+CD/E F%41=H#I?J',
  'SN-0001&X',
  'a&serial=b&manufacturerHex=00',
  '100%',
  '"quoted" \\',
  'ÄB-1',
  '序列号-1',
]

await t.test('whatever SMBIOS holds arrives as it is', async (t) => {
  for (const text of odd)
    t.match(identityOf(asks(text, 'Kontron S&T AG', 'A+B & C')), {
      serial: text,
      manufacturer: 'Kontron S&T AG',
      product: 'A+B & C',
    })
  t.match(identityOf(asks('ÄB-1', 'Müller', 'Größe', 'latin1')), { serial: 'ÄB-1', manufacturer: 'Müller' })
})

await t.test('what is not there is not said', async (t) => {
  t.strictSame(identityOf(asks('', '', '')), {
    macs: ['52:54:00:aa:00:01'],
    uuid: '11111111-2222-3333-4444-555555555555',
  })
  t.strictSame(read('serialHex=5&manufacturerHex=zz&productHex=53%2D4e'), { product: 'SN' })
  for (const url of [
    '',
    '/boot/script',
    '/boot/script?',
    '/boot/script?&&=&x',
    '/boot/script?__proto__=a&constructor=b',
  ])
    t.strictSame(scriptQuery(url), {}, url)
})

/** What iPXE makes of `${serial:uristring}` and its neighbours on their way into a line of HTTP. */
await t.test('boot scripts of eims 0.1 are understood, in which & and + stand as they are', async (t) => {
  const before = 'mac=52-54-00-aa-00-01&uuid=&arch=x86_64&platform=efi'
  t.strictSame(read(`${before}&serial=SN-0001&manufacturer=Bench%20Co&product=Box`), {
    mac: '52-54-00-aa-00-01',
    uuid: '',
    arch: 'x86_64',
    platform: 'efi',
    serial: 'SN-0001',
    manufacturer: 'Bench Co',
    product: 'Box',
  })
  t.match(read(`${before}&serial=AB+CD/E%20F%2541=H%23I?J&manufacturer=Kontron%20S&T%20AG&product=A+B&C=1&mac=2&`), {
    mac: '52-54-00-aa-00-01',
    serial: 'AB+CD/E F%41=H#I?J',
    manufacturer: 'Kontron S&T AG',
    product: 'A+B&C=1&mac=2&',
  })
  t.match(read(`${before}&serial=SN-0001&X&manufacturer=&product=`), { serial: 'SN-0001&X', manufacturer: '' })
  t.match(read(`${before}&serial=%C4B-1&manufacturer=M%c3%bcller`), { serial: 'ÄB-1', manufacturer: 'Müller' })
  t.match(read('serial=100%&manufacturer=%4'), { serial: '100%', manufacturer: '%4' })
})

await t.test('hexadecimal goes before the old form, where both are there', async (t) => {
  t.strictSame(read(`serialHex=${hex('SN-2')}&serial=SN-1`), { serial: 'SN-2' })
  t.strictSame(read('serialHex=&serial=SN-1'), { serial: 'SN-1' })
})
