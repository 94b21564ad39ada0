import t from 'tap'
import { ARCHITECTURES } from '../src/index.ts'
import { ask, question, text } from './machine.ts'

// Promise: no machine loads one of our iPXE binaries twice in a boot. Proven by walking every state there is: what
// runs at power-on, what our binary turns out to be, policy, architecture, and whether TFTP remembers an older boot.

const SPEAKERS: Record<string, Record<number, string>> = {
  'plain firmware': {},
  'iPXE with HTTP': { 77: text('iPXE'), 175: '130101' },
  'iPXE without HTTP': { 77: text('iPXE'), 175: '150101' },
  'iPXE that lists nothing': { 77: text('iPXE') },
  'iPXE without user class': { 175: '130101' },
  'iPXE of our user class': { 77: text('Tinkerbell'), 175: '130101' },
}
const AFTER_OUR_BINARY = Object.keys(SPEAKERS).filter((name) => name !== 'plain firmware')

type End = { binaries: number; end: 'script' | 'refused' | 'loop' }

function boot(
  code: number,
  atPowerOn: string,
  chained: string,
  policy: 'auto' | 'always',
  remembered: boolean,
  via: number,
): End {
  let speaker = atPowerOn
  let chainedRecently = remembered
  for (let binaries = 0; binaries < 4; binaries += 1) {
    const options = { 93: code.toString(16).padStart(4, '0'), ...SPEAKERS[speaker] }
    const settings = { chainRomIpxe: policy, binaryFor: { [via]: 'override.efi' } }
    let decision = ask(question({ options }), { settings, facts: { chainedRecently } })
    if (decision.kind === 'reply' && decision.step === 'ask-4011') {
      const from = { address: '192.168.77.100', port: 4011 }
      const request = question({ options: { ...options, 53: '03' }, ciaddr: from.address })
      decision = ask(request, { door: 4011, from, settings, facts: { chainedRecently } })
    }
    if (decision.kind === 'ignore') return { binaries, end: 'refused' }
    if (decision.step === 'script') return { binaries, end: 'script' }
    chainedRecently = true // it fetches the file, and TFTP sees that
    speaker = chained
  }
  return { binaries: 4, end: 'loop' }
}

await t.test('every way ends after at most one binary', async (t) => {
  let ways = 0
  const bad: string[] = []
  for (const { code } of [...ARCHITECTURES, { code: 999 }]) {
    for (const via of [code, 7]) {
      for (const policy of ['auto', 'always'] as const) {
        for (const remembered of [false, true]) {
          for (const atPowerOn of Object.keys(SPEAKERS)) {
            for (const chained of AFTER_OUR_BINARY) {
              ways += 1
              const { binaries, end } = boot(code, atPowerOn, chained, policy, remembered, via)
              const refusedAtOnce = end === 'refused' && binaries === 0 && atPowerOn === 'plain firmware'
              if (binaries > 1 || !(end === 'script' || refusedAtOnce)) {
                bad.push(`${code} ${policy} ${remembered} ${atPowerOn} -> ${chained}: ${binaries} ${end}`)
              }
            }
          }
        }
      }
    }
  }
  t.same(bad, [])
  t.equal(ways, (ARCHITECTURES.length + 1) * 2 * 2 * 2 * 6 * 5)
})
