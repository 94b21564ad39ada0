import t from 'tap'
import { find } from '../src/verbs.ts'

// One promise: what could not be a server, a user class or a file is refused before anything is written.

const refusal = async (...argv: string[]) => {
  const found = find(['boot-media', ...argv])
  return found?.verb.run(found.rest, {}).then(
    () => 'written',
    (error: Error) => error.message,
  )
}

await t.test('each by a sentence', async (t) => {
  t.equal(await refusal('usb'), 'give exactly one file to write; see --help')
  t.match(await refusal('usb', '/dev/null'), /^\/dev\/null is not a plain file; write the medium to one/)
  t.equal(await refusal('iso', '/nowhere/at/all/disc.iso'), 'there is no folder /nowhere/at/all')
  const inScripts = [
    'ftp://a',
    'http://a/${mac}',
    'http://u@a',
    'http://a:7480/x',
    'a:7480',
    'http://a b',
    'http://a\nshell',
  ]
  for (const server of inScripts)
    t.match(await refusal('usb', '/tmp/never.img', '--server', server), /^--server must be an address/, server)
  for (const name of ['', 'a b', 'a\nshell', '${mac}', 'a||b', 'x'.repeat(33)])
    t.match(await refusal('usb', '/tmp/never.img', '--user-class', name), /^--user-class must be/, name)
})
