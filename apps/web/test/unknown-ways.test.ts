import { type Conflict, type ConflictCandidate, type Node, type Reason, shown } from '@eims/contracts'
import t from 'tap'
import { needsReason, othersOf, roleOf, type Way, waysOf } from '../src/pages/unknown-ways.ts'

// One promise: a person is offered the ways that end a conflict, and none that the registry would refuse.

const [mac, own] = ['52:54:00:aa:00:01', '52:54:00:aa:00:02']
const node = (name: string, more: Partial<Node> = {}) =>
  ({ id: `id-${name}`, name, serial: null, uuid: null, macs: [], manufacturer: null, run: null, ...more }) as Node
type Known = ConflictCandidate['identifiers'][number]
const known = (kind: Known['kind'], value: string, more: Partial<Known> = {}): Known => ({
  kind,
  value,
  same: false,
  provisional: false,
  ...more,
})
const candidate = (of: Node, ...identifiers: Known[]): ConflictCandidate => ({
  node: of,
  identifiers,
  otherMaker: false,
})
const conflict = (reason: Reason, candidates: ConflictCandidate[], more: Partial<Conflict> = {}): Conflict => ({
  id: 'b',
  said: { serial: 'SN-1', macs: [mac] },
  ignored: [],
  bootMac: mac,
  since: '2026-11-20T10:00:00Z',
  heardAt: '2026-11-20T10:00:00Z',
  reason: shown(reason),
  refused: false,
  candidates,
  ...more,
})
const told = (ways: Way[]) => ways.map((way) => ('node' in way ? `${way.kind} ${way.node.name}` : way.kind))
const contradicts: Reason = {
  code: 'identity-contradicts',
  slots: {
    kind: 'mac',
    value: mac,
    node: 'a',
    other: { kind: 'serial', recorded: 'SN-9', maker: null, said: 'SN-1' },
  },
}

await t.test('one machine, several nodes', (t) => {
  const a = candidate(node('a', { macs: [mac] }), known('serial', 'SN-9'), known('mac', mac, { same: true }))
  const b = candidate(node('b', { serial: 'SN-1' }), known('serial', 'SN-1', { same: true }))
  const ways = waysOf(conflict({ code: 'identity-of-several', slots: { claims: [] } }, [a, b]))
  t.strictSame(told(ways), ['merge', 'merge', 'free a'])
  t.match(ways, [
    { into: { name: 'a' }, from: [{ name: 'b' }] },
    { into: { name: 'b' }, from: [{ name: 'a' }] },
    { macs: [], values: [mac] },
  ])
  t.strictSame(ways.map(roleOf), ['admin', 'admin', 'operator'])
  t.strictSame(ways.map(needsReason), [true, true, false])
  const c = candidate(
    node('c', { serial: 'SN-1', macs: [own] }),
    known('serial', 'SN-1', { same: true }),
    known('mac', own),
  )
  const alike = waysOf(conflict({ code: 'identity-of-several', slots: { claims: [] } }, [a, c]))
  t.strictSame(told(alike), ['merge', 'merge', 'share a', 'free a'])
  const [, , share] = alike
  t.match(share, { node: { name: 'a' }, others: [{ name: 'c' }], values: ['SN-1'] }, 'c is known by its MAC then')
  t.strictSame([roleOf(share!), needsReason(share!)], ['admin', false])
  t.end()
})

await t.test('one node, another machine', (t) => {
  const a = candidate(
    node('a', { serial: 'SN-9', macs: [mac] }),
    known('serial', 'SN-9'),
    known('mac', mac, { same: true }),
  )
  const ways = waysOf(conflict(contradicts, [a], { said: { serial: 'SN-1', macs: [mac, own] } }))
  t.strictSame(told(ways), ['correct a', 'split a', 'free a', 'refuse'])
  t.match(ways, [
    { patch: { serial: 'SN-1' }, former: { serial: 'SN-9' } },
    { identifiers: { macs: [mac] } },
    { macs: [] },
    { mac: own },
  ])
  const busy = candidate(
    node('a', { serial: 'SN-9', macs: [mac], run: { state: 'RUNNING' } as Node['run'] }),
    ...a.identifiers,
  )
  t.strictSame(told(waysOf(conflict(contradicts, [busy]))), ['correct a', 'free a'], 'nothing is split under a run')
  const only = candidate(node('a', { macs: [mac] }), known('mac', mac, { same: true }))
  t.strictSame(told(waysOf(conflict(contradicts, [only]))), [], 'nothing is taken from one that has nothing else')
  const refused = conflict(contradicts, [a], { said: { serial: 'SN-1', macs: [own] }, refused: true })
  t.notOk(told(waysOf(refused)).includes('refuse'), 'it is refused already')
  const ignored = conflict(contradicts, [a], { said: { serial: 'None', macs: [own] }, ignored: ['None', own] })
  t.strictSame(told(waysOf(ignored)), ['split a', 'free a'], 'what identifies nothing is no way out')
  t.end()
})

await t.test('makers, what a machine added by itself, and boards that are alike', (t) => {
  const a = candidate(node('a', { serial: 'SN-1', manufacturer: 'Dell' }), known('serial', 'SN-1', { same: true }))
  const maker = conflict({ code: 'identity-other-maker', slots: { serial: 'SN-1', said: 'HP', claims: [] } }, [a], {
    said: { serial: 'SN-1', manufacturer: 'HP', macs: [] },
  })
  t.match(waysOf(maker), [
    { kind: 'correct', patch: { manufacturer: 'HP' }, former: { manufacturer: 'Dell' } },
    { kind: 'register', said: { serial: 'SN-1', manufacturer: 'HP' } },
  ])
  const b = candidate(
    node('b', { serial: 'SN-2', macs: [mac] }),
    known('serial', 'SN-2'),
    known('mac', mac, { same: true, provisional: true }),
  )
  const provisional = { code: 'identity-provisional', slots: { kind: 'mac', value: mac, node: 'b' } } as const
  t.match(waysOf(conflict(provisional, [b])), [
    { kind: 'confirm', patch: { serial: 'SN-2', macs: [mac] } },
    { kind: 'forget', values: [mac] },
  ])
  const twin = (how: 'alive' | 'claimed') =>
    conflict({ code: 'twin', slots: { node: 'a', serial: 'SN-1', uuid: null, macs: [mac], others: [own], how } }, [a])
  t.strictSame(othersOf(twin('alive')), [own])
  t.match(waysOf(twin('alive')), [
    { kind: 'claim', mac, isThis: true },
    { kind: 'claim', mac: own, isThis: false },
  ])
  t.match(waysOf(twin('claimed')), [{ kind: 'unclaim' }, { kind: 'claim', mac }])
  t.strictSame(waysOf(conflict({ code: 'identity-missing', slots: {} }, [])), [])
  t.end()
})
