import t from 'tap'
import type { Facts, Gate } from '../src/boot-step.ts'
import { ARCHITECTURES, type Decision, type Settings } from '../src/index.ts'
import { ask, question, text, why } from './machine.ts'

// Promise: no machine goes round in circles. Proven by walking every way through a boot that there is: what runs at
// power-on, what the binary that we send turns out to be, architectures, policies, overrides, and whether TFTP
// remembers an older boot. A way ends with a script, a refusal or silence; nobody is told the same in the same state
// twice, and at most one binary is loaded after the firmware's own.

const SPEAKERS: Record<string, Record<number, string>> = {
  firmware: {},
  'HTTP firmware': { 60: text('HTTPClient:Arch:00016:UNDI:003001') },
  'iPXE with HTTP': { 77: text('iPXE'), 175: '130101' },
  'iPXE with HTTPS': { 77: text('iPXE'), 175: '130101140101' },
  'iPXE with HTTPS alone': { 77: text('iPXE'), 175: '140101' },
  'iPXE without HTTP': { 77: text('iPXE'), 175: '150101' },
  'iPXE that lists nothing': { 77: text('iPXE') },
  'iPXE without user class': { 175: '130101' },
  'iPXE of our user class': { 77: text('Tinkerbell'), 175: '130101' },
  'iPXE of our user class with HTTPS': { 77: text('Tinkerbell'), 175: '130101140101' },
}
const AFTER_OUR_BINARY = Object.keys(SPEAKERS).filter((name) => !name.endsWith('firmware'))

const ALONE = [...ARCHITECTURES.map(({ code }) => [code]), [999]]
const ARCHS = [...ALONE, [6, 7], [7, 6], [16, 7], [7, 16], [999, 0], [0, 7]]

const https = { httpsScriptUrl: 'https://192.168.77.1/boot.ipxe', trust: new Uint8Array(32) }
const SITES: Partial<Settings>[] = []
for (const chainRomIpxe of ['auto', 'always'] as const) {
  for (const tls of [{}, { ...https, plainHttp: 'allowed' }, { ...https, plainHttp: 'refused' }] as const) {
    for (const httpBootUrl of [null, 'http://192.168.77.1/boot/', 'https://192.168.77.1/boot/']) {
      for (const bootFiles of [[], [{ architecture: 0, file: 'own.kpxe' }], [{ vendorClass: '*', file: 'own.efi' }]]) {
        SITES.push({ chainRomIpxe, ...tls, httpBootUrl, bootFiles })
      }
    }
  }
}
const GATES: Gate[] = [
  { policy: 'allowed' },
  { policy: 'denied', reason: why('stolen'), slug: 'stolen' },
  { policy: 'local', reason: why('done') },
]

/** What was answered already at this site with this gate: a way differs from the next in its last step alone. */
type Answers = Map<string, Decision>
type Way = {
  answers: Answers
  archs: readonly number[]
  atPowerOn: string
  chained: string
  site: Partial<Settings>
  facts: Facts
}
type End = { binaries: number; end: 'script' | 'denied' | 'silence' | 'circle' }

function walk({ answers, archs, atPowerOn, chained, site, facts }: Way): End {
  let [speaker, chainedRecently, binaries] = [atPowerOn, facts.chainedRecently, 0]
  const been = new Set<string>()
  for (;;) {
    const now = { ...facts, chainedRecently }
    const asked = `${speaker} ${chainedRecently}`
    const decision = answers.get(asked) ?? told(archs, speaker, site, now)
    answers.set(asked, decision)
    if (decision.kind === 'ignore') return { binaries, end: 'silence' }
    const state = `${asked} ${decision.file}`
    if (been.has(state)) return { binaries, end: 'circle' }
    been.add(state)
    if (decision.step === 'script' || decision.step === 'denied') return { binaries, end: decision.step }
    binaries += 1
    if (decision.step !== 'http') chainedRecently = true // it fetches the file, and TFTP sees that
    speaker = chained
  }
}

function told(archs: readonly number[], speaker: string, settings: Partial<Settings>, facts: Facts): Decision {
  const options = { 93: archs.map((code) => code.toString(16).padStart(4, '0')).join(''), ...SPEAKERS[speaker] }
  const decision = ask(question({ options }), { settings, facts })
  if (decision.kind === 'ignore' || decision.step !== 'ask-4011') return decision
  const from = { address: '192.168.77.100', port: 4011 }
  return ask(question({ options: { ...options, 53: '03' }, ciaddr: from.address }), {
    port: 4011,
    from,
    settings,
    facts,
  })
}

await t.test('every way ends', async (t) => {
  const ends: Record<string, number> = { script: 0, denied: 0, silence: 0, circle: 0 }
  const bad: string[] = []
  for (const archs of ARCHS) {
    for (const [number, site] of SITES.entries()) {
      for (const bootFile of [null, 'node.efi']) {
        for (const gate of GATES) {
          const answers: Answers = new Map()
          for (const chainedRecently of [false, true]) {
            for (const atPowerOn of Object.keys(SPEAKERS)) {
              // A gate that is closed lets nothing run that could differ.
              for (const chained of gate.policy === 'allowed' ? AFTER_OUR_BINARY : AFTER_OUR_BINARY.slice(0, 1)) {
                const way = { answers, archs, atPowerOn, chained, site, facts: { chainedRecently, gate, bootFile } }
                const { binaries, end } = walk(way)
                ends[end]! += 1
                const most = atPowerOn === 'HTTP firmware' ? 2 : gate.policy === 'allowed' ? 1 : 0
                // Only what could load nothing at all may be left without an answer.
                const silent =
                  end === 'silence' && (binaries > 0 || (gate.policy === 'allowed' && atPowerOn.includes('iPXE')))
                if (end === 'circle' || binaries > most || silent) {
                  bad.push(
                    `${archs.join()} site ${number} ${gate.policy} ${bootFile} ${atPowerOn} -> ${chained}: ${binaries} ${end}`,
                  )
                }
              }
            }
          }
        }
      }
    }
  }
  t.same(bad.slice(0, 20), [])
  const ways = ARCHS.length * SITES.length * 2 * 2 * Object.keys(SPEAKERS).length * (AFTER_OUR_BINARY.length + 2)
  t.equal(ends.script! + ends.denied! + ends.silence!, ways)
  t.ok(ends.script! > 0 && ends.denied! > 0 && ends.silence! > 0, JSON.stringify(ends))
})
