import { englishIn } from '@eims/lab'
import t from 'tap'
import {
  inEnglish,
  namesIn,
  type Sentence,
  sentence,
  sentenceOfEvent,
  speak,
  spokenEnglish,
  spokenGerman,
  symptoms,
  told,
  worded,
} from '../src/index.ts'

// One promise: whatever the server says, it says in each language, whole.

const codes = Object.keys(spokenEnglish.sentences)

await t.test('every sentence has its words in both languages, filled by the same', async (t) => {
  t.strictSame(Object.keys(spokenGerman.sentences).sort(), codes.toSorted())
  for (const code of codes) {
    const [of, auf] = [spokenEnglish.sentences[code], spokenGerman.sentences[code]]
    t.equal(typeof auf, typeof of, code)
    if (typeof of !== 'string' || typeof auf !== 'string') continue
    t.strictSame(new Set(namesIn(auf)), new Set(namesIn(of)), code)
    t.match(auf, /\S/, code)
  }
})

await t.test('no English is left over in German, and each row of the table of symptoms has its own', async (t) => {
  for (const code of codes) {
    const words = spokenGerman.sentences[code]
    if (typeof words !== 'string') continue
    t.strictSame(englishIn(words), [], `${code}: ${words}`)
  }
  for (const [symptom, { says }] of Object.entries(symptoms))
    if (says !== '{reason}.') t.not(spokenGerman.sentences[`symptom.${symptom}.says`], says)
})

await t.test('figures, lists and sentences fill a sentence', async (t) => {
  const ago = sentence('figure.ago', { seconds: 3 * 86_400 })
  const done = sentence('done.loads', { file: '{ago} $&' })
  const said = sentence('diagnosis.under-way', { done, ago })
  t.equal(inEnglish(said), 'It loads the {ago} $&; last heard 3 days ago.', 'what fills a brace is not filled again')
  t.equal(speak(said, spokenGerman), 'Es lädt {ago} $&; zuletzt gehört vor 3 Tagen.')
  const reason = told('It was so.')
  t.equal(
    inEnglish(sentence('seen.times', { reason, count: 2 })),
    'It was so (2 times)',
    'its full stop is not the end',
  )
  t.equal(inEnglish(sentence('answered.nothing', { reason })), 'nothing: It was so.')
  t.equal(
    speak(sentence('seen.candidates', { reason, candidates: ['a', 'b'] }), spokenGerman),
    'It was so (Kandidaten: a, b)',
  )
})

await t.test('what is not known, or lacks something, is not said in another language', async (t) => {
  const strange: Sentence[] = [
    { code: 'of.a-newer-server', slots: {} },
    { code: 'constructor.name', slots: {} },
    { code: 'run.created', slots: { profile: 'kiosk' } },
    { code: 'run.created', slots: { profile: 'kiosk', image: null } },
    { code: 'run.created', slots: { profile: 'kiosk', image: { code: 'of.a-newer-server', slots: {} } } },
    { code: 'figure.ago', slots: { seconds: 'x' } },
  ]
  for (const each of strange) {
    t.equal(speak(each, spokenGerman), null, JSON.stringify(each))
    t.type(inEnglish(each), 'string')
  }
})

await t.test('an event says in both languages what its data tell; an old one has its message only', async (t) => {
  const reason = { code: 'disk-too-small', slots: { bytes: 5e9 } }
  for (const [kind, data, message, auf] of [
    ['run.started', {}, 'the run began', 'der Lauf hat begonnen'],
    [
      'action.ended',
      { action: 'write-image', attempt: 1, state: 'FAILED', exitCode: null, reason, again: true },
      'write-image failed: is too small for 5 GB (it is tried again)',
      'write-image gescheitert: ist zu klein für 5 GB (wird noch einmal versucht)',
    ],
    ['action.ended', { action: 'a', state: 'CANCELLED', reason }, 'a cancelled', 'a abgebrochen'],
    ['run.ended', { state: 'SUCCEEDED', reason: null }, 'the run succeeded', 'der Lauf ist gelungen'],
    ['node.changed', { how: 'held', by: 'anna', because: 'sold' }, 'Held by anna: sold', 'angehalten von anna: sold'],
    [
      'node.registered',
      {
        how: 'created',
        name: 'pos-1',
        by: 'anna',
        identifiers: [
          { kind: 'serial', value: 'SN-1' },
          { kind: 'mac', value: 'x' },
        ],
      },
      'Registered as pos-1 by anna: serial SN-1, mac x',
      'als pos-1 erfasst von anna: Seriennummer SN-1, MAC x',
    ],
    ['node.changed', { waiting: reason }, 'waits: is too small for 5 GB', 'wartet: ist zu klein für 5 GB'],
    [
      'node.changed',
      { from: 'start', action: 'a' },
      'the run is taken up again from the start',
      'der Lauf wird von Anfang an wiederholt',
    ],
    ['run.paused', { reason: { code: 'paused', slots: { by: 'anna' } } }, 'paused by anna', 'angehalten von anna'],
    [
      'run.paused',
      { action: 'label', reason: { code: 'waits-for-person', slots: { action: 'label', text: 'x' } } },
      'waits: label',
      'wartet: label',
    ],
    [
      'instance.running',
      { osVersion: 'Debian 13', cuts: 2, installer: { status: 'done' } },
      'Debian 13 runs and cloud-init is done, its installer too, started afresh after power was cut in its first boot (2)',
      'Debian 13 läuft, und cloud-init ist fertig, sein Installer auch, neu begonnen, nachdem beim ersten Start der Strom weg war (2)',
    ],
    [
      'instance.running',
      { by: 'anna', osVersion: 'Debian 13', image: { name: 'kiosk' }, digest: 'equal' },
      'Adopted by anna as it runs: Debian 13; its image kiosk is the one that is published here',
      'übernommen von anna, wie es läuft: Debian 13; sein Abbild kiosk ist das hier veröffentlichte',
    ],
    [
      'tftp.read',
      { name: 'snponly.efi', bytes: 284672, milliseconds: 210.4, retransmissions: 0 },
      'read snponly.efi, 284672 bytes in 210 ms',
      'hat snponly.efi gelesen, 284672 Bytes in 210 ms',
    ],
    [
      'dhcp.request',
      {
        messageType: 'request',
        port: 67,
        userClass: null,
        firmware: ['x64 UEFI', 99],
        step: null,
        file: null,
        reason: null,
      },
      'REQUEST on port 67 from x64 UEFI, architecture 99: ignored: no reason is known',
      'REQUEST auf Port 67 von x64 UEFI, Architektur 99: nicht beantwortet: es ist kein Grund bekannt',
    ],
    [
      'dhcp.dropped',
      { messageType: null, port: 67, reason },
      'DHCP packet on port 67: not answered, is too small for 5 GB',
      'DHCP-Paket auf Port 67: nicht beantwortet, ist zu klein für 5 GB',
    ],
  ] as const) {
    const event = worded({ kind, data })
    t.equal(event.message, message)
    const said = sentenceOfEvent({ kind, data })!
    t.equal(speak(said, spokenGerman), auf)
    t.strictSame(englishIn(auf), [])
  }
  for (const [kind, data] of [
    ['agent.onboarded', {}],
    ['node.changed', { was: {}, patch: {} }],
    ['node.registered', {}],
    ['boot.kernel', {}],
    ['dhcp.discover', { messageType: 'discover', port: 67, archs: [7] }],
    ['site.changed', { id: '1', name: 'site' }],
  ] as const) {
    const said = sentenceOfEvent({ kind, data })
    t.equal(said && speak(said, spokenGerman), null, `${kind}: its message is all that there is`)
  }
})
