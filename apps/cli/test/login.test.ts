import { ProblemError, toProblem } from '@eims/contracts'
import t from 'tap'
import { loginFile, readLogin } from '../src/login-file.ts'
import { find } from '../src/verbs.ts'
import { bench, ok } from './support/bench.ts'
import { site } from './support/site.ts'

await t.test('a key is stored after the server has taken it, and not before', async (t) => {
  let right = false
  const { url, env, eims } = await bench(t, () =>
    right ? ok(site) : { status: 401, body: toProblem(new ProblemError('unauthenticated', 'the key is unknown')) },
  )
  const file = loginFile(env)
  await t.rejects(eims('login', `${url}/`), { code: 'unauthenticated' })
  t.equal(readLogin(file), null)
  right = true
  t.equal(await eims('login', `${url}/`), `logged in to ${url}, site bench-1; stored in ${file}\n`)
  t.strictSame(readLogin(file), { server: url, key: 'key', ca: null })

  const printed = t.capture(process.stdout, 'write', () => true)
  await find(['site', 'show'])!.verb.run([], { HOME: env.HOME })
  printed.restore()
  t.match(String(printed()[0]?.args[0]), /^name +bench-1$/m, 'nothing else names the server')

  t.match(await eims('logout'), /^removed /)
  t.match(await eims('logout'), /^nobody was logged in/)
})
