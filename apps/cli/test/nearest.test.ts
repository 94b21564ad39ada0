import { nearest } from '@eims/contracts'
import t from 'tap'
import { below, find, meant, verbs } from '../src/verbs.ts'

await t.test('a misspelt word finds the one that was meant, another one none', async (t) => {
  const names = ['nodes list', 'nodes set', 'login', 'logs']
  t.equal(nearest('ndoes list', names), 'nodes list', 'two letters swapped')
  t.equal(nearest('NODES LIST', names), 'nodes list')
  t.equal(nearest('node set', names), 'nodes set')
  t.equal(nearest('lgin', names), 'login')
  t.equal(nearest('zebra', names), null)
  t.equal(nearest('', names), null)
})

await t.test('verbs are meant by their words', async (t) => {
  t.equal(meant(['node', 'list']), 'nodes list')
  t.equal(meant(['hepl']), 'help')
  t.equal(meant(['batches', 'ad']), 'batches add')
  t.equal(meant(['frobnicate']), null)
  t.ok(below('nodes').length > 10)
  t.strictSame(below('nobody'), [])
})

await t.test('each verb has one name, and --arch is still --architecture', async (t) => {
  t.equal(new Set(verbs.map(({ name }) => name)).size, verbs.length)
  t.strictSame(find(['images', 'add', 'x.raw', '--arch', 'arm64'])?.rest, ['x.raw', '--architecture', 'arm64'])
  t.strictSame(find(['up', '--arch=arm64'])?.rest, ['--architecture=arm64'])
  t.strictSame(find(['nodes', 'add', '--archive'])?.rest, ['--archive'])
})
