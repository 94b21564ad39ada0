import { PassThrough } from 'node:stream'
import t from 'tap'
import { confirm } from '../src/confirm.ts'

const person = (answer: string, isTTY = true) => {
  const input = Object.assign(new PassThrough(), { isTTY })
  const output = new PassThrough()
  let said = ''
  output.on('data', (chunk) => {
    said += chunk
    if (said.endsWith('[y/N] ')) input.end(`${answer}\n`)
  })
  return { input, output, said: () => said }
}

await t.test('only a yes goes on', async (t) => {
  for (const answer of ['y', 'yes', ' Y ']) await t.resolves(confirm('Really?', {}, person(answer)))
  for (const answer of ['', 'n', 'yep', 'no'])
    await t.rejects(confirm('Really?', {}, person(answer)), { message: 'nothing was done', exitCode: 1 })
  const silent = person('n')
  await confirm('Really?', { yes: true }, silent)
  t.equal(silent.said(), '', '--yes: not asked')
})

await t.test('a script is not asked: one thing by its name is meant, a selection needs --yes', async (t) => {
  await t.resolves(confirm('pos-1 will go.', {}, person('', false)))
  await t.rejects(confirm('98 nodes will go.', { many: true }, person('', false)), {
    message: '98 nodes will go. Nothing was done: say so with --yes',
    exitCode: 2,
  })
  await t.resolves(confirm('98 nodes will go.', { many: true, yes: true }, person('', false)))
})
