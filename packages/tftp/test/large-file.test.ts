import t from 'tap'
import { fetch } from './support/client.ts'
import { pattern, serving } from './support/serving.ts'

await t.test('a file of more than 65,536 blocks arrives whole: block numbers wrap to 0', async (t) => {
  const file = pattern(8 * 66_000 + 5)
  await using tftp = await serving({ 'large.img': file })
  for (const windowsize of ['1', '16']) {
    const got = await fetch(tftp.port, 'large.img', [
      ['blksize', '8'],
      ['windowsize', windowsize],
    ])
    t.ok(got.equals(file), `windowsize ${windowsize}`)
  }
  await tftp.idle()
  t.match(tftp.events.at(-1), { kind: 'finished', bytes: file.length })
})

await t.test('blksize 65464, where the site allows it', async (t) => {
  const file = pattern(300_000)
  await using tftp = await serving({ a: file }, { bounds: { maxBlksize: 65464 } })
  t.ok(
    (
      await fetch(tftp.port, 'a', [
        ['blksize', '65464'],
        ['windowsize', '3'],
      ])
    ).equals(file),
  )
})
