import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Refusal } from '../src/refusal.ts'
import { makeBootFiles } from '../src/up/boot-files.ts'

/** A checkout whose builder writes down what it is asked to make. */
function checkout(t: Test, exitCode = 0) {
  const root = t.testdir()
  mkdirSync(join(root, 'deploy'))
  const asked = join(root, 'asked.json')
  writeFileSync(
    join(root, 'deploy/artifacts.ts'),
    `import { writeFileSync } from 'node:fs'
writeFileSync(${JSON.stringify(asked)}, JSON.stringify(process.argv.slice(2)))
process.exitCode = ${exitCode}
`,
  )
  return { root, asked: () => JSON.parse(readFileSync(asked, 'utf8')) as string[] }
}

await t.test('the builder is told the cache, the further architectures and the firmware', async (t) => {
  const { root, asked } = checkout(t)
  makeBootFiles({ root, cacheDir: '/c', firmwareDir: undefined })
  t.strictSame(asked(), ['--cache', '/c'])
  makeBootFiles({ root, cacheDir: '/c', architectures: ['x86_64', 'arm64'], firmwareDir: root })
  t.strictSame(asked(), ['--cache', '/c', '--architecture', 'x86_64', '--architecture', 'arm64', '--firmware', root])
})

await t.test('what cannot be made is refused', async (t) => {
  const { root } = checkout(t, 1)
  const making = { root, cacheDir: '/c', firmwareDir: undefined }
  t.throws(
    () => makeBootFiles({ ...making, architectures: ['arm64', 'sparc'] }),
    new Refusal('--architecture must be x86_64 or arm64, not "sparc"', 2),
  )
  t.throws(() => makeBootFiles(making), new Refusal('machines cannot boot without these files'))
})
