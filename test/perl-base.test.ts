import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'

// One promise: what the product does in Perl runs with the package perl-base, which every Debian has; more is not installed.

const root = resolve(import.meta.dirname, '..')
const [base = ''] = globSync('/usr/lib/*/perl-base')

await t.test('every module that a program of the product uses', async (t) => {
  const programs = globSync('{apps,deploy}/**/*.pl', { cwd: root, exclude: (name) => name.includes('node_modules') })
  t.ok(programs.length > 2)
  for (const program of programs)
    for (const [, name = ''] of readFileSync(join(root, program), 'utf8').matchAll(
      /^\s*(?:use|require) ([A-Z]\w*(?:::\w+)*)/gm,
    ))
      t.ok(existsSync(join(base, `${name.replaceAll('::', '/')}.pm`)), `${program}: ${name}`)
})
