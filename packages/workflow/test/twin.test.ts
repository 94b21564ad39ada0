import t from 'tap'
import { type Claimant, type Newcomer, twinOf } from '../src/twin.ts'

const [A, B, C] = ['52:54:00:aa:00:01', '52:54:00:aa:00:02', '52:54:00:aa:00:03'] as [string, string, string]
const about: Parameters<typeof twinOf>[2] = { claimed: null, now: 100_000, listeningSince: 0, heartbeat: 35_000 }
const held = (more: Partial<Claimant> = {}): Claimant => ({
  macs: [A],
  heardAt: 90_000,
  ended: false,
  wrote: false,
  ...more,
})
const newcomer = (more: Partial<Newcomer> = {}): Newcomer => ({ macs: [B], since: 95_000, ...more })

const table: [string, Newcomer, Claimant[], Partial<typeof about>, object | null][] = [
  ['nobody else', newcomer(), [], {}, null],
  ['one MAC in common', newcomer({ macs: [B, A] }), [held({ macs: [A, C] })], {}, null],
  ['the same, heard meanwhile', newcomer({ macs: [A] }), [held({ heardAt: 99_000 })], {}, null],
  ['heard before it came', newcomer(), [held()], {}, { kind: 'undecided', silent: 10_000 }],
  ['heard since it came', newcomer(), [held({ heardAt: 96_000 })], {}, { kind: 'alive', of: { macs: [A] } }],
  ['the same, long ago', newcomer({ since: 1 }), [held({ heardAt: 2, ended: true })], {}, { kind: 'alive' }],
  ['silent', newcomer(), [held({ heardAt: 64_999 })], {}, null],
  ['just not silent', newcomer(), [held({ heardAt: 65_000 })], {}, { kind: 'undecided' }],
  [
    'silent, and nobody listened',
    newcomer(),
    [held({ heardAt: 1 })],
    { listeningSince: 90_000 },
    { kind: 'undecided' },
  ],
  [
    'silent, and nobody listens yet',
    newcomer(),
    [held({ heardAt: 1 })],
    { listeningSince: null },
    { kind: 'undecided' },
  ],
  ['ended', newcomer(), [held({ ended: true })], {}, null],
  ['its OS is there', newcomer(), [held({ ended: true, heardAt: 1, wrote: true })], {}, { kind: 'installed' }],
  ['its own OS', newcomer({ macs: [A] }), [held({ ended: true, heardAt: 1, wrote: true })], {}, null],
  ['neither has a MAC of its own', newcomer({ macs: [] }), [held({ macs: [] })], {}, { kind: 'undecided' }],
  ['a person named this one', newcomer(), [held({ heardAt: 99_000 })], { claimed: B }, null],
  ['a person named another one', newcomer(), [], { claimed: A }, { kind: 'claimed', of: { macs: [A] } }],
]

for (const [name, who, others, more, twin] of table)
  await t.test(name, async (t) => void t.match(twinOf(who, others, { ...about, ...more }), twin))
