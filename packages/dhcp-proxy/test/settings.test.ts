import t from 'tap'
import { type Settings, settingsProblem } from '../src/index.ts'
import { SITE } from './machine.ts'

// Promise: wrong settings are refused with the field and the remedy, before a packet meets them.

const problem = (change: Partial<Record<keyof Settings, unknown>>) =>
  settingsProblem({ ...SITE, ...change } as Settings)

t.equal(settingsProblem(SITE), null)
t.equal(problem({ binaryFor: { 7: 'ipxe-signed.efi', 65535: 'x.efi' } }), null)
t.equal(problem({ scriptUrl: 'https://[fd00::1]/boot.ipxe' }), null)

t.equal(
  problem({ serverAddress: 'eims.example' }),
  'serverAddress: "eims.example" is not an IPv4 address; write it like 192.168.77.1',
)
t.equal(problem({ serverAddress: '0.0.0.0' }), 'serverAddress: 0.0.0.0 is no address of one host')
t.equal(
  problem({ scriptUrl: '/boot.ipxe' }),
  'scriptUrl: "/boot.ipxe" is no absolute URL; write it like http://192.168.77.1/boot.ipxe',
)
t.match(problem({ scriptUrl: 'http://ü/' }), /^scriptUrl: .* is no absolute URL/)
t.equal(problem({ scriptUrl: `http://${'x'.repeat(1018)}` }), 'scriptUrl: has 1025 characters; shorten it to 1024')
t.match(problem({ userClass: '' }), /^userClass: "" is not 1 to 32 printable characters/)
t.match(problem({ userClass: 'x'.repeat(33) }), /^userClass/)
t.equal(problem({ chainRomIpxe: 'never' }), 'chainRomIpxe: "never" is neither auto nor always')
t.equal(problem({ binaryFor: { 70000: 'x' } }), 'binaryFor: 70000 is no number of option 93')
t.match(problem({ binaryFor: { 7: '../x.efi' } }), /^binaryFor\[7\]: "\.\.\/x\.efi" is no plain file name/)
t.match(problem({ binaryFor: { 7: '..' } }), /^binaryFor\[7\]/)
