import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { wanted } from '../src/completion/candidates.ts'
import { completable } from '../src/completion/completable.ts'
import { complete } from '../src/completion/complete.ts'
import { scripts } from '../src/completion/scripts.ts'
import { verbs } from '../src/verbs.ts'
import { bench, ok, pageOf } from './support/bench.ts'

const at = (line: string) => {
  const words = line.split(' ')
  const next = wanted(words.slice(0, -1), words.at(-1) ?? '', verbs.map(completable))
  return next.kind === 'words' ? next.words.map(({ text }) => text) : next
}

await t.test('what may come next', async (t) => {
  t.strictSame(at('log'), ['logs', 'login', 'logout'])
  t.strictSame(at('nodes me'), ['merge'])
  t.strictSame(at('help site '), ['show', 'set', 'firmware-kit'])
  t.strictSame(at('nodes show '), { kind: 'names', of: 'node' })
  t.strictSame(at('nodes delete pos-1 po'), { kind: 'names', of: 'node' }, 'several')
  t.strictSame(at('nodes list --fil'), ['--filter'])
  t.strictSame(at('nodes list --batch '), { kind: 'names', of: 'batch' })
  t.strictSame(at('nodes list --batch=lo'), { kind: 'names', of: 'batch' })
  t.strictSame(at('nodes list --limit '), [])
  t.strictSame(at('nodes list --watch '), [], 'a flag without a value')
  t.strictSame(at('nodes set pos-1 --netboot '), ['allowed', 'denied', 'local'])
  t.strictSame(at('nodes merge a --from '), { kind: 'names', of: 'node' })
  t.strictSame(at('site set --zero-touch '), ['yes', 'no'])
  t.strictSame(at('site set --default-account '), { kind: 'names', of: 'account' })
  t.strictSame(at('profiles add p --image '), { kind: 'names', of: 'image' })
  t.strictSame(at('images add '), { kind: 'files' })
  t.strictSame(at('logs --tar '), { kind: 'files' })
  t.strictSame(at('frobnicate '), [])
})

const profile = {
  id: 'p',
  image: 'debian',
  isDefault: false,
  createdAt: '2026-11-20T10:00:00.000Z',
  updatedAt: '2026-11-20T10:00:00.000Z',
  description: '',
  type: 'mutable',
  securityFeature: 'none',
  version: '',
  metadata: {},
  source: null,
  workflow: null,
  architecture: 'x86_64',
  finish: 'reboot',
  overwrite: true,
  bootOrder: null,
  growRoot: true,
  standalone: false,
  onboarding: 'never',
  kernelArgs: '',
  phoneHomeTimeout: 1800,
}

await t.test('names come from the server, and silence when it does not answer', async (t) => {
  const { asked, env } = await bench(t, () =>
    pageOf([
      { ...profile, name: 'kiosk' },
      { ...profile, name: 'other' },
    ]),
  )
  const printedBy = async (words: string[], of = env) => {
    const printed = t.capture(process.stdout, 'write', () => true)
    await complete(words, of).finally(() => printed.restore())
    return printed()
      .map((call) => String(call.args[0]))
      .join('')
  }
  t.equal(await printedBy(['ki', 'nodes', 'list', '--server', 'ignored', '--profile']), '')
  t.strictSame(asked, [])
  t.equal(await printedBy(['ki', 'profiles', 'show']), 'kiosk\tdebian\n')
  t.strictSame(asked, [['GET /api/v1/profiles?pageSize=200&filter=name+=+ki*', null]])
  const broken = await bench(t, () => ok('no list'))
  t.equal(await printedBy(['', 'profiles', 'show'], broken.env), '')
})
await t.test('bash asks the program that is typed, and splits no flag=value', async (t) => {
  const dir = t.testdir()
  const program = join(dir, 'eims')
  writeFileSync(program, '#!/bin/sh\nprintf "%s\\n" "$@" >asked\nprintf "kiosk\\tan image\\nkiosk-2\\t\\n"\n')
  chmodSync(program, 0o755)
  writeFileSync(join(dir, 'load'), scripts.bash!)
  const complete = (...words: string[]) => {
    const script = 'source ./load; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _eims; echo "${COMPREPLY[@]}"'
    const printed = execFileSync('bash', ['-c', script, 'bash', ...words], { cwd: dir, encoding: 'utf8' })
    const asked = execFileSync('cat', ['asked'], { cwd: dir, encoding: 'utf8' }).trimEnd().split('\n')
    return { printed: printed.trim(), asked }
  }
  t.strictSame(complete('./eims', 'nodes', 'set', 'a', '--profile', 'ki'), {
    printed: 'kiosk kiosk-2',
    asked: ['__complete', 'ki', 'nodes', 'set', 'a', '--profile'],
  })
  t.strictSame(complete('./eims', 'nodes', 'set', 'a', '--profile', '=', 'ki').asked, [
    '__complete',
    'ki',
    'nodes',
    'set',
    'a',
    '--profile',
  ])
  t.strictSame(complete('./eims', 'nodes', 'set', '--profile', '=').asked, [
    '__complete',
    '',
    'nodes',
    'set',
    '--profile',
  ])
})
