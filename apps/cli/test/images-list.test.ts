import t from 'tap'
import { bench, ok, pageOf } from './support/bench.ts'
import { image as ready } from './support/image.ts'

// One promise: a file that was sent in part is seen where its image will be.

const image = { ...ready, name: 'other' }
const upload = { id: 'up-1', name: 'disk', size: 805_306_368, received: 345_000_000, expiresAt: '2026-11-21T10:00:00Z' }

await t.test('images list tells of each upload, and of none where only images were asked for', async (t) => {
  const { asked, eims } = await bench(t, (line) =>
    line.startsWith('GET /api/v1/image-uploads') ? ok({ items: [upload] }) : pageOf([image]),
  )
  const told = /^NAME .*\nother .*\ndisk: 42 % of 805 MB has been sent; images add goes on with it until 2026-11-2\d /
  t.match(await eims('images', 'list'), told)
  t.match(JSON.parse(await eims('images', 'list', '--json')), [
    image,
    { ...upload, state: 'uploading', progress: upload.received / upload.size },
  ])
  t.equal(asked.length, 4)
  t.equal(await eims('images', 'list', '-o', 'name'), 'other\n')
  t.notMatch(await eims('images', 'list', '-o', 'csv'), 'disk')
  t.notMatch(await eims('images', 'list', '--filter', 'state = ready'), 'disk')
  t.equal(asked.length, 4 + 3, 'nor is the server asked for them')
})

await t.test('an upload is told of where there is no image yet', async (t) => {
  const { eims } = await bench(t, (line) =>
    line.startsWith('GET /api/v1/image-uploads') ? ok({ items: [upload] }) : pageOf([]),
  )
  t.match(await eims('images', 'list'), /^no images\ndisk: 42 %/)
  t.match(JSON.parse(await eims('images', 'list', '--json')), [{ id: 'up-1' }])
})
