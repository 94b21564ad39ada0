import t from 'tap'
import { bench, node, ok, pageOf } from './support/bench.ts'

await t.test(
  'nodes set changes what is given, merges notes and disk rule, and nobody else’s change is lost',
  async (t) => {
    const stored = node('pos-1', { metadata: { rack: 'B7', slot: '1' }, disk: { match: '/dev/sd*', minSize: 1000 } })
    const matched: (string | undefined)[] = []
    const { asked, eims } = await bench(t, (_line, _body, headers) => {
      matched.push(headers['if-match'])
      return ok(
        { ...stored, inventory: null, medium: null, claimedMac: null, config: null, hardware: null, warnings: [] },
        { etag: 'W/"7"' },
      )
    })
    await eims(
      'nodes',
      'set',
      'pos-1',
      '--metadata',
      'slot=',
      '--metadata',
      'note=a=b',
      '--prefer',
      'largest',
      '--batch',
      '',
    )
    t.strictSame(asked, [
      ['GET /api/v1/nodes/pos-1', null],
      [
        'PATCH /api/v1/nodes/pos-1',
        {
          batch: null,
          metadata: { rack: 'B7', note: 'a=b' },
          disk: { match: '/dev/sd*', minSize: 1000, prefer: 'largest' },
        },
      ],
    ])
    t.strictSame(matched, [undefined, 'W/"7"'])
    asked.length = 0
    await eims('nodes', 'set', 'pos-1', '--disk', '', '--min-size', '')
    t.strictSame(asked[1], ['PATCH /api/v1/nodes/pos-1', { disk: null }])
    asked.length = 0
    await eims('nodes', 'set', 'pos-1', '--mac', '', '--uuid', '', '--account', 'field', '--netboot', 'denied')
    t.strictSame(asked, [
      ['PATCH /api/v1/nodes/pos-1', { uuid: null, macs: [], account: 'field', netbootPolicy: 'denied' }],
    ])
    for (const wrong of [
      ['--metadata', 'rack'],
      ['--netboot', 'maybe'],
      ['--min-size', 'big'],
      ['--max-size', 'big'],
      ['--rotation', 'left'],
      [],
    ])
      await t.rejects(eims('nodes', 'set', 'pos-1', ...wrong), { message: /./, exitCode: 2 })
  },
)

await t.test('nodes add sends what is known and what is wanted', async (t) => {
  const { asked, eims } = await bench(t, () => ({ status: 201, body: node('pos-1') }))
  await eims(
    'nodes',
    'add',
    'pos-1',
    '--serial',
    'S 1',
    '--mac',
    'a',
    '--mac',
    'b',
    '--batch',
    'lot-7',
    '--metadata',
    'k=v',
    '--min-size',
    '1.5GB',
  )
  t.strictSame(asked, [
    [
      'POST /api/v1/nodes',
      {
        name: 'pos-1',
        serial: 'S 1',
        macs: ['a', 'b'],
        batch: 'lot-7',
        metadata: { k: 'v' },
        disk: { minSize: 1_500_000_000 },
      },
    ],
  ])
})

await t.test('adopt, merge and split', async (t) => {
  const { asked, eims } = await bench(t, () => ok(node('pos-1')))
  await eims('nodes', 'adopt', 'm', '--batch', 'lot-7')
  await eims('nodes', 'merge', 'a', '--from', 'b', '--reason', 'same box')
  await eims('nodes', 'split', 'a', '--serial', 'S', '--mac', 'm', '--reason', 'two boxes', '--name', 'c')
  t.strictSame(asked, [
    ['POST /api/v1/nodes/m/adopt', { batch: 'lot-7' }],
    ['POST /api/v1/nodes/a/merge', { from: 'b', reason: 'same box' }],
    ['POST /api/v1/nodes/a/split', { name: 'c', reason: 'two boxes', identifiers: { serial: 'S', macs: ['m'] } }],
  ])
  await t.rejects(eims('nodes', 'merge', 'a'), { message: /give --from and --reason/, exitCode: 2 })
})

await t.test('lists go page by page, no further than --limit', async (t) => {
  const { asked, eims } = await bench(t, (line) =>
    line.includes('pageToken=two') ? pageOf([node('c')], 'three', 9) : pageOf([node('a'), node('b')], 'two', 9),
  )
  const shown = await eims(
    'nodes',
    'list',
    '--batch',
    'x',
    '--filter',
    'a = 1 OR b = 2',
    '--order-by',
    'name desc',
    '--limit',
    '3',
  )
  t.match(shown, /^NAME .*\na .*\nb .*\nc .*\n3 of 9; all of them with --all, another number with --limit N\n$/)
  const query = 'pageSize=3&filter=(a+=+1+OR+b+=+2)+AND+batch+=+"x"&orderBy=name+desc'
  t.strictSame(
    asked.map(([line]) => line),
    [`GET /api/v1/nodes?${query}`, `GET /api/v1/nodes?${query}&pageToken=two`],
  )
  t.strictSame(
    JSON.parse(await eims('nodes', 'list', '--limit', '1', '--json')).map(({ name }: { name: string }) => name),
    ['a'],
  )
  await t.rejects(eims('nodes', 'list', '--limit', '0'), { message: /./, exitCode: 2 })
})

await t.test('nodes reprovision says in full how the machine will come', async (t) => {
  const text =
    'will be imaged again when it is next switched on or restarted: its firmware boots from the network first'
  const instance = {
    id: 'i-1',
    state: 'PENDING' as const,
    desired: 'RUNNING' as const,
    status: {
      reason: { code: 'again-by-itself', slots: {}, text },
      indicator: 'IDLE' as const,
      at: '2026-11-20T10:00:00.000Z',
    },
    profile: 'p',
    osVersion: null,
    bootId: null,
    sshHostKeys: [],
  }
  const { eims } = await bench(t, () => ok(node('pos-1', { instance })))
  t.match(await eims('nodes', 'reprovision', 'pos-1', '--reason', 'new image'), `\npos-1 ${text}.\n`)
})

await t.test('nodes claim says which machine is the node, or that any is; without a MAC it says nothing', async (t) => {
  const { asked, eims } = await bench(t, () => ok(node('pos-1')))
  await eims('nodes', 'claim', 'pos-1', '--mac', '52:54:00:aa:00:02', '--reason', 'the left one')
  await eims('nodes', 'claim', 'pos-1', '--mac', '', '--reason', 'sold')
  await t.rejects(eims('nodes', 'claim', 'pos-1', '--reason', 'the left one'), { message: /--mac is missing/ })
  t.strictSame(asked, [
    ['POST /api/v1/nodes/pos-1/claim', { mac: '52:54:00:aa:00:02', reason: 'the left one' }],
    ['POST /api/v1/nodes/pos-1/claim', { mac: null, reason: 'sold' }],
  ])
})
