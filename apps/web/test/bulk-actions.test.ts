import { type Node, shown } from '@eims/contracts'
import t from 'tap'
import { allOf, filterOfNames, grouped, notesOf, undoOf } from '../src/pages/bulk-actions.ts'
import { MOST_LEFT_OUT, Selection } from '../src/pages/node-selection.ts'
import { MOST_VIEWS, readyViews, viewsOf, withView } from '../src/pages/view-store.ts'

// One promise: what is chosen is what was meant, and what is taken back is what was there before.

const node = (name: string, more: Partial<Node> = {}): Node => ({
  id: `id-${name}`,
  name,
  serial: null,
  uuid: null,
  macs: [],
  provisional: [],
  manufacturer: null,
  product: null,
  registered: true,
  profile: null,
  site: 'default',
  batch: null,
  metadata: {},
  account: null,
  disk: null,
  netbootPolicy: 'allowed',
  bootFile: null,
  secureBoot: null,
  configSha256: null,
  state: 'REGISTERED',
  desired: 'ONBOARDED',
  status: { reason: shown({ code: 'told', slots: { text: '' } }), indicator: 'IDLE', at: '2026-11-20T10:00:00Z' },
  hold: null,
  waiting: null,
  instance: null,
  installed: null,
  run: null,
  lastSeenAt: null,
  createdAt: '2026-11-20T10:00:00Z',
  ...more,
})
const all = Array.from({ length: 30 }, (_, index) => node(`n${index}`))

await t.test('ticks and ranges of them', (t) => {
  const selection = new Selection()
  const names = () =>
    selection
      .some()
      .map(({ name }) => name)
      .sort()
  let told = 0
  selection.subscribe(() => told++)
  selection.tick(all, 2, false)
  selection.tick(all, 5, true)
  t.strictSame(names(), ['n2', 'n3', 'n4', 'n5'])
  selection.tick(all, 3, true)
  t.strictSame(names(), ['n2'], 'as the last one is left, so is the range')
  selection.tick(all, 1, false)
  selection.tick(all, 0, true)
  t.strictSame([names(), selection.count()], [['n0', 'n1', 'n2'], 3])
  t.equal(told, 5)
  selection.chooseAll(1000)
  t.ok(selection.has('id-of-one-that-is-not-loaded'))
  selection.tick(all, 1, false)
  t.strictSame([selection.has('id-n1'), selection.has('id-n2'), selection.count()], [false, true, 999])
  t.equal(selection.tick(all, 1 + MOST_LEFT_OUT, true), false, 'no more can be left out')
  t.equal(selection.count(), 999)
  selection.noteTotal(1001)
  t.equal(selection.count(), 1001 - selection.some().length)
  selection.clear()
  t.strictSame([selection.count(), selection.isAll()], [0, false])
  t.end()
})

await t.test('what takes an action back', (t) => {
  const before = [
    node('a', { batch: 'lot-1', metadata: { rack: '7', note: 'x' } }),
    node('b', { batch: 'lot-1', metadata: { rack: '7' }, hold: 'waits for a part' }),
    node('c', { profile: 'kiosk' }),
    node('d'),
  ]
  const failed = new Set(['d'])
  t.strictSame(undoOf({ action: 'hold', reason: 'the shelf is full' }, before, failed), [
    { action: 'release', ids: ['id-a', 'id-c'] },
    { action: 'hold', reason: 'waits for a part', ids: ['id-b'] },
  ])
  const set = { batch: 'lot-2', mergeMetadata: { rack: '9', shelf: null } }
  t.strictSame(undoOf({ action: 'set', set }, before, failed), [
    {
      action: 'set',
      set: { batch: 'lot-1', mergeMetadata: { rack: '7', shelf: null } },
      ids: ['id-a', 'id-b'],
    },
    { action: 'set', set: { batch: null, mergeMetadata: { rack: null, shelf: null } }, ids: ['id-c'] },
  ])
  t.end()
})

await t.test('notes, reports and filters', (t) => {
  t.strictSame(notesOf(' rack = B7\n\nnote=\nurl=http://a?b=c'), {
    changes: { rack: 'B7', note: null, url: 'http://a?b=c' },
  })
  t.strictSame(notesOf('rack'), { wrong: 'rack' })
  t.strictSame(notesOf('=x'), { wrong: '=x' })
  t.strictSame(allOf('', 'a = b', ''), 'a = b')
  t.strictSame(allOf('a = b', 'c = d'), '(a = b) AND (c = d)')
  const held = { code: 'wrong-state', detail: 'is held', reason: { code: 'release-first' } }
  t.match(
    grouped([
      { node: 'a', code: 'wrong-state', detail: 'runs', reason: { code: 'run-under-way' } },
      { node: 'b', ...held },
      { node: 'c', ...held },
      { node: 'd', code: 'busy', detail: 'wait' },
    ]),
    [
      { key: 'release-first', nodes: ['b', 'c'] },
      { key: 'run-under-way', nodes: ['a'] },
      { key: 'busy', nodes: ['d'] },
    ],
  )
  const many = Array.from({ length: 500 }, (_, index) => `a-rather-long-host-name-${index}`)
  const { filter, count } = filterOfNames(many)
  t.ok(filter.length <= 2000 && count > 30 && count <= 60)
  t.strictSame(filterOfNames(['a', 'b']), { filter: 'name = a OR name = b', count: 2 })
  t.end()
})

await t.test('views', (t) => {
  const view = { name: 'Mine', query: 'state=failed', columns: 'name' }
  t.strictSame(viewsOf(JSON.stringify([view])), [view])
  for (const text of ['', '{}', 'null', '[{"name":""}]', JSON.stringify(Array(MOST_VIEWS + 1).fill(view))])
    t.strictSame(viewsOf(text), [], text.slice(0, 20))
  t.strictSame(withView([view], { ...view, query: '' }), [{ ...view, query: '' }])
  const full = Array.from({ length: MOST_VIEWS }, (_, index) => ({ ...view, name: `v${index}` }))
  t.equal(withView(full, view), null)
  t.equal(withView(full, { ...view, name: 'v3' })?.length, MOST_VIEWS)
  const [[name, query] = []] = readyViews(new Date(2026, 10, 29, 17, 4))
  t.equal(name, 'failedToday')
  t.match(new URLSearchParams(query).get('q'), new Date(2026, 10, 29).toISOString())
  t.end()
})
