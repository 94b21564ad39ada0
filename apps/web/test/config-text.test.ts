import { configStart } from '@eims/contracts'
import t from 'tap'
import { parse } from 'yaml'
import { documentOf, valueAt, withValue } from '../src/pages/config-text.ts'

// One promise: what a form changes is changed in the text, where comments and everything else stay.

await t.test('a value is set, changed and taken out', (t) => {
  const text = `# of lot 7
version: 1.0
operatingSystem:
  # asked for by the customer
  ntpServers: [a.example] # one is enough
  users:
    - username: root
      passwordHash: "***"
kubernetes:
`
  const one = withValue(text, ['operatingSystem', 'proxy', 'httpProxy'], 'http://p.example:3128')
  t.match(parse(one), { operatingSystem: { proxy: { httpProxy: 'http://p.example:3128' }, ntpServers: ['a.example'] } })
  for (const comment of ['# of lot 7', '# asked for by the customer', '# one is enough']) t.match(one, comment)
  t.match(one, /version: 1\.0/, 'numbers stay as they are written')
  const two = withValue(one, ['operatingSystem', 'users', 0, 'sudo'], false)
  t.match(parse(two).operatingSystem.users, [{ username: 'root', passwordHash: '***', sudo: false }])
  const three = withValue(two, ['operatingSystem', 'proxy', 'httpProxy'], undefined)
  t.notMatch(three, /proxy/, 'no empty mapping stays: it would say that there is no proxy')
  t.equal(withValue('operatingSystem:\n  sshKey: x\n', ['operatingSystem', 'sshKey'], undefined), 'operatingSystem:\n')
  t.match(withValue('', ['operatingSystem', 'bootOrder'], 'disk'), 'operatingSystem:\n  bootOrder: disk')
  t.match(withValue('', ['operatingSystem', 'sshKey'], 'yes'), '"yes"', 'text stays text for a reader of YAML 1.1')
  t.end()
})

await t.test('the file to begin with keeps all of its comments', (t) => {
  const start = configStart(null)
  const made = withValue(start, ['operatingSystem', 'ntpServers'], ['a.example'])
  t.strictSame(parse(made, { version: '1.1' }), { version: 1, operatingSystem: { ntpServers: ['a.example'] } })
  const lines = (text: string) =>
    text
      .split('\n')
      .filter((line) => /^\s*#/.test(line))
      .map((line) => line.trim())
  t.strictSame(lines(made).sort(), lines(start).sort())
  t.end()
})

await t.test('what is no YAML has no form, and is left alone', (t) => {
  t.equal(documentOf('a: [1'), null)
  t.equal(documentOf('- a'), null)
  t.equal(withValue('a: [1', ['b'], 1), 'a: [1')
  const document = documentOf('a:\nb: {c: [1, 2]}\n')!
  t.equal(valueAt(document, ['a']), undefined)
  t.strictSame(valueAt(document, ['b', 'c']), [1, 2])
  t.equal(valueAt(document, ['b', 'c', 1]), 2)
  t.equal(valueAt(document, ['x', 'y']), undefined)
  t.end()
})
