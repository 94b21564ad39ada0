import t from 'tap'
import { bench, node, ok, pageOf } from './support/bench.ts'

const nodes = Array.from({ length: 230 }, (_, index) => node(`pos-${index}`))
const ids = nodes.map(({ id }) => id)

await t.test('a selection is looked up once, and exactly that is acted on, some at a time', async (t) => {
  const { asked, eims } = await bench(t, (line, body) => {
    if (line.startsWith('GET'))
      return line.includes('pageToken') ? pageOf(nodes.slice(200)) : pageOf(nodes.slice(0, 200), 'next')
    const { ids } = (body as { select: { ids: string[] } }).select
    return ok({ matched: ids.length, done: ids.length, failed: [] })
  })
  const reprovision = ['nodes', 'reprovision', '--batch', 'lot "7"', '--reason', 'wrong RAM', '--yes']
  t.match(await eims(...reprovision), /^230 of 230 done\n/)
  t.strictSame(
    asked.map(([line]) => line),
    [
      'GET /api/v1/nodes?pageSize=1000&filter=batch+=+"lot+\\"7\\""',
      'GET /api/v1/nodes?pageSize=1000&filter=batch+=+"lot+\\"7\\""&pageToken=next',
      ...Array(3).fill('POST /api/v1/nodes/bulk'),
    ],
  )
  const sent = asked.slice(2).map(([, body]) => body as { select: { ids: string[] }; action: string; reason: string })
  t.strictSame(
    sent.flatMap(({ select }) => select.ids),
    ids,
  )
  t.strictSame(sent[0], { select: { ids: ids.slice(0, 100) }, action: 'reprovision', reason: 'wrong RAM' })
  asked.length = 0
  t.equal(await eims('nodes', 'hold', '--batch', 'x', '--reason', 'wrong RAM', '--yes'), '230 of 230 done\n')
  t.equal(asked.length, 3, 'what takes but a few statements goes in one request')
})

await t.test('who has many imaged again is told where it stands how each comes', async (t) => {
  const { eims } = await bench(t, () => ok({ matched: 2, done: 2, failed: [] }))
  t.match(
    await eims('nodes', 'reprovision', 'pos-1', 'pos-2', '--reason', 'new image', '--yes'),
    /^2 of 2 done\nHow each of them comes to the network: .*nodes show/,
  )
})

await t.test('without --yes a script changes no selection, and nothing at all when nothing is selected', async (t) => {
  const { asked, eims } = await bench(t, () => pageOf(nodes.slice(0, 2)))
  for (const [verb = '', ...more] of [
    ['delete'],
    ['adopt', '--batch', 'lot-7'],
    ['reprovision', '--reason', 'new image'],
    ['set', '--profile', 'kiosk'],
  ])
    await t.rejects(eims('nodes', verb, ...more, '--filter', 'name:*'), {
      message: /^2 nodes .*say so with --yes$/,
      exitCode: 2,
    })
  t.ok(asked.every(([line]) => line.startsWith('GET')))
  const counts = { expected: null, registered: 0, seen: 0, running: 0, passed: 0, failed: 0, alike: 0, missing: 0 }
  const batch = {
    id: 'b',
    name: 'x',
    expected: null,
    note: null,
    config: null,
    configSha256: null,
    createdAt: '2026-11-20T10:00:00.000Z',
    counts,
    pace: { lastHour: 0, left: 0, expectedEnd: null },
  }
  const none = await bench(t, (line) => (line === 'GET /api/v1/batches/x' ? ok(batch) : pageOf([])))
  await t.rejects(none.eims('nodes', 'delete', '--batch', 'x', '--yes'), {
    message: 'no node matches batch = "x"',
    exitCode: 5,
  })
  t.ok(none.asked.every(([line]) => line.startsWith('GET')))
})

await t.test('nodes and a selection at once, or neither, is wrong usage', async (t) => {
  const { asked, eims } = await bench(t, () => pageOf([]))
  await t.rejects(eims('nodes', 'delete', 'a', '--batch', 'x', '--yes'), { exitCode: 2, message: /not both/ })
  await t.rejects(eims('nodes', 'cancel'), { exitCode: 2, message: /give a node, or a selection by its flags/ })
  await t.rejects(eims('nodes', 'reprovision', 'a'), { exitCode: 2, message: /say why/ })
  t.strictSame(asked, [])
})

await t.test('what failed is told, and the exit code says so', async (t) => {
  const { eims } = await bench(t, () =>
    ok({
      matched: 2,
      done: 1,
      failed: [{ node: 'b', code: 'wrong-state', detail: 'nobody holds b; what it waits for: eims nodes explain b' }],
    }),
  )
  await t.rejects(eims('nodes', 'release', 'a', 'b'), { message: '1 of 2 nodes were left as they are', exitCode: 1 })
})

await t.test('notes of many nodes are merged by the server, whatever each has, by one request', async (t) => {
  const some = [node('a', { metadata: { rack: 'B7' } }), node('b'), node('c', { metadata: { note: 'old' } })]
  const { asked, eims } = await bench(t, (line, body) => {
    if (line.startsWith('GET')) return pageOf(some)
    const count = (body as { select: { ids: string[] } }).select.ids.length
    return ok({ matched: count, done: count, failed: [] })
  })
  t.equal(
    await eims(
      'nodes',
      'set',
      '--in-batch',
      'x',
      '--metadata',
      'note=new',
      '--metadata',
      'rack=',
      '--batch',
      'y',
      '--yes',
    ),
    '3 of 3 done\n',
  )
  t.strictSame(
    asked.slice(1).map(([, body]) => body),
    [
      {
        select: { ids: ['id-a', 'id-b', 'id-c'] },
        action: 'set',
        set: { batch: 'y', mergeMetadata: { note: 'new', rack: null } },
      },
    ],
  )
  await t.rejects(
    eims('nodes', 'set', '--in-batch', 'x', '--serial', 'S', '--yes'),
    /--serial is of one machine; name it/,
  )
})

await t.test('many are adopted with one profile and batch; a name is of one', async (t) => {
  const { asked, eims } = await bench(t, (line) =>
    line.startsWith('GET') ? pageOf(nodes.slice(0, 2)) : ok({ matched: 2, done: 2, failed: [] }),
  )
  const filter = ['--filter', 'registered = false', '--in-batch', 'x']
  t.equal(await eims('nodes', 'adopt', ...filter, '--batch', 'y', '--profile', 'kiosk', '--yes'), '2 of 2 done\n')
  t.equal(await eims('nodes', 'adopt', 'a', 'b'), '2 of 2 done\n')
  t.strictSame(asked, [
    ['GET /api/v1/nodes?pageSize=1000&filter=(registered+=+false)+AND+batch+=+"x"', null],
    [
      'POST /api/v1/nodes/bulk',
      { action: 'adopt', adopt: { profile: 'kiosk', batch: 'y' }, select: { ids: ids.slice(0, 2) } },
    ],
    ['POST /api/v1/nodes/bulk', { action: 'adopt', adopt: {}, select: { ids: ['a', 'b'] } }],
  ])
  await t.rejects(eims('nodes', 'adopt', 'a', 'b', '--name', 'c'), { exitCode: 2, message: /--name is of one machine/ })
})
