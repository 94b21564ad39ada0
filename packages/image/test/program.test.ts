import { open } from 'node:fs/promises'
import t, { type Test } from 'tap'
import { output, run } from '../src/program.ts'

const nothing = async (t: Test) => {
  const file = await open('/dev/null')
  t.teardown(() => file.close())
  return file.fd
}

await t.test('a program that says nothing can be stopped', async (t) => {
  const signal = AbortSignal.timeout(100)
  await t.rejects(run('sleep', ['60'], { stdin: await nothing(t), signal }), { name: 'TimeoutError' })
})

await t.test('who stops listening ends the program', async (t) => {
  for await (const chunk of output('sh', ['-c', 'echo begun; exec sleep 60'], { stdin: await nothing(t) })) {
    t.equal(chunk.toString(), 'begun\n')
    break
  }
})

await t.test('a missing program is named with its package', async (t) => {
  await t.rejects(run('no-such-program', [], { stdin: await nothing(t) }), {
    code: 'image-unreadable',
    message: 'this server has no no-such-program, which reads such images: apt install no-such-program',
  })
})

await t.test('a program that fails is quoted, and one that is killed too', async (t) => {
  const stdin = await nothing(t)
  await t.rejects(run('sh', ['-c', 'echo first >&2; echo "bad block" >&2; exit 3'], { stdin }), {
    code: 'image-unreadable',
    message: 'the image cannot be read, sh says: bad block',
  })
  await t.rejects(run('sh', ['-c', 'kill -TERM $$'], { stdin }), {
    message: /sh says: nothing, and ended with SIGTERM$/,
  })
})

await t.test('it is in a process group of its own, where Ctrl-C does not reach it', async (t) => {
  let stat = ''
  for await (const chunk of output('cat', ['/proc/self/stat'], { stdin: await nothing(t) })) stat += chunk.toString()
  const [pid, , , parent, group] = stat.split(' ')
  t.equal(parent, String(process.pid))
  t.equal(group, pid)
})

await t.test('the environment of the service does not reach it', async (t) => {
  t.intercept(process, 'env', { value: { ...process.env, XZ_OPT: '--keep', EIMS_DATABASE_URL: 'secret' } })
  let text = ''
  for await (const chunk of output('env', [], { stdin: await nothing(t) })) text += chunk.toString()
  t.match(text, /^LC_ALL=C$/m)
  t.notMatch(text, /XZ_OPT|EIMS/)
})
