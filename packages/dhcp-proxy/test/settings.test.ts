import t from 'tap'
import { type Settings, settingsProblem } from '../src/index.ts'
import { SITE } from './machine.ts'

// Promise: wrong settings are refused with the field and the remedy, before a packet meets them.

const problem = (change: Partial<Record<keyof Settings, unknown>>) =>
  settingsProblem({ ...SITE, ...change } as Settings)

t.equal(settingsProblem(SITE), null)
t.equal(problem({ bootFiles: [{ architecture: 65535, vendorClass: 'PXE*', file: 'x.efi' }, { file: 'y.efi' }] }), null)
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
t.equal(problem({ plainHttp: 'maybe' }), 'plainHttp: "maybe" is neither allowed nor refused')
t.equal(problem({ trust: new Uint8Array(20) }), 'trust: has 20 bytes; a SHA-256 fingerprint has 32')
t.equal(
  problem({ httpsScriptUrl: 'http://192.168.77.1/boot.ipxe' }),
  'httpsScriptUrl: "http://192.168.77.1/boot.ipxe" is no absolute URL; write it like https://192.168.77.1/boot.ipxe',
)
t.match(problem({ httpBootUrl: 'http://192.168.77.1/boot' }), /^httpBootUrl: .*write it like http:.*\/$/, 'a folder')
t.equal(problem({ httpBootUrl: 'http://192.168.77.1/boot/', httpsScriptUrl: null, trust: null }), null)

const rule = (one: object) => problem({ bootFiles: [{ file: 'x' }, { file: 'x', ...one }] })
t.equal(rule({ architecture: 70000 }), 'bootFiles[1].architecture: 70000 is no number of option 93')
t.equal(rule({ vendorClass: '' }), 'bootFiles[1].vendorClass: has 0 characters, not 1 to 255')
t.match(rule({ file: '../x.efi' }), /^bootFiles\[1\]\.file: "\.\.\/x\.efi" is no plain file name/)
t.match(rule({ file: '..' }), /^bootFiles\[1\]\.file/)
t.equal(problem({ bootFiles: Array(257).fill({ file: 'x' }) }), 'bootFiles: has 257 rules; keep it to 256')
