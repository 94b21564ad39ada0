import t from 'tap'
import { chosenFor, nameOf, PRISTINE, readUnits } from '../src/index.ts'
import { contents } from './support/medium.ts'

await t.test('a list of units: comma, semicolon or tab, as spreadsheets save it', (t) => {
  const units = [
    { serial: '00123', name: 'pos-1', profile: null, config: null },
    { serial: 'SN, 2', name: 'pos-2', profile: 'kiosk', config: 'till.yaml' },
  ]
  for (const separator of [',', ';', '\t']) {
    const text = [
      ['\uFEFFSerial', 'Name', 'Profile', 'Config'],
      ['"=""00123"""', 'POS-1', '', ''],
      ['', '', '', ''],
      ['"SN, 2"', 'pos-2', 'kiosk', 'till.yaml'],
    ]
      .map((cells) => cells.join(separator))
      .join('\r\n')
    t.strictSame(readUnits(text, ['pos', 'kiosk']), { units, lines: [2, 4], faults: [] }, JSON.stringify(separator))
  }
  t.strictSame(readUnits('name,serial\npos-1,SN1', ['pos']).units, [
    { serial: 'SN1', name: 'pos-1', profile: null, config: null },
  ])
  t.end()
})

await t.test('what is wrong in a list is told with its line', (t) => {
  const { units, faults } = readUnits('Serial,Name,Profile\nA1,pos-1,\na1,pos-2,bar\n,pos 3,\nA4,pos-1,pos,x\n', [
    'pos',
  ])
  t.strictSame(units, [])
  t.strictSame(
    faults.map(({ line, column, message }) => `${line} ${column} ${message}`),
    [
      '3 profile is none of the medium’s: pos',
      '3 serial is that of line 2',
      '4 serial is empty',
      '4 name must be a host name: 1 to 63 letters, digits or hyphens',
      '5 profile is followed by 1 cells too many',
      '5 name is that of line 2',
    ],
  )
  t.match(
    readUnits('SN,Hostname\n', ['pos']).faults.map(({ column }) => column),
    ['serial', 'name', 'sn', 'hostname'],
  )
  t.match(readUnits('', ['pos']).faults, [{ line: 1 }, { line: 1 }])
  t.end()
})

const { profiles } = contents
const machine = { serial: 'SN-7', macs: ['52:54:00:aa:00:01'] }

await t.test('without a list every machine gets the first profile, and a name as a registry would give it', (t) => {
  t.match(chosenFor(machine, profiles, PRISTINE), {
    name: 'node-sn-7',
    profile: { profile: { name: 'pos' } },
    config: null,
  })
  const config = { text: 'version: 1\n', of: 'many' as const }
  t.match(chosenFor(machine, profiles, { ...PRISTINE, config: config.text }), { config })
  t.equal(nameOf({ serial: 'To be filled by O.E.M.', macs: machine.macs }), 'node-525400aa0001')
  t.equal(nameOf({ macs: [] }), null)
  t.match(chosenFor({ macs: [] }, profiles, PRISTINE), { refused: /no serial number/ })
  t.end()
})

await t.test('with a list only its machines get something, each its own', (t) => {
  const custom = {
    ...PRISTINE,
    config: 'version: 1\n',
    configs: { 'a.yaml': 'version: 1\noperatingSystem: {}\n' },
    units: [
      { serial: 'sn-7', name: 'pos-7', profile: 'kiosk', config: 'a.yaml' },
      { serial: 'SN-8', name: 'pos-8', profile: null, config: null },
      { serial: 'SN-9', name: 'pos-9', profile: 'gone', config: null },
      { serial: 'SN-10', name: 'pos-10', profile: null, config: 'gone.yaml' },
    ],
  }
  const of = (serial?: string) => chosenFor({ macs: [], ...(serial === undefined ? {} : { serial }) }, profiles, custom)
  t.match(of('SN-7'), {
    name: 'pos-7',
    profile: { profile: { name: 'kiosk' } },
    config: { text: custom.configs['a.yaml'], of: 'node' },
  })
  t.match(of('SN-8'), {
    name: 'pos-8',
    profile: { profile: { name: 'pos' } },
    config: { text: custom.config, of: 'many' },
  })
  t.match(of('SN-9'), { refused: 'The list names profile gone, which is not on this medium.' })
  t.match(of('SN-10'), { refused: 'The list names config-file gone.yaml, which is not on this medium.' })
  t.match(of('SN-11'), {
    refused: 'This medium is for 4 machines by their serial numbers, and SN-11 is not among them.',
  })
  t.match(of(), { refused: /this machine tells none/ })
  t.end()
})
