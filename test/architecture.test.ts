import { resolve } from 'node:path'
import { builtinNames } from '@eims/contracts'
import t from 'tap'
import { undeclaredImports, wrongArrows } from './architecture/arrows.ts'
import { knownByName } from './architecture/builtins.ts'
import { assertionsInTheOpen, environmentReads, impure, junkDrawers, overgrown } from './architecture/habits.ts'
import { againstLevels, circles } from './architecture/levels.ts'
import { readsProse } from './architecture/prose.ts'
import { readSourceTree } from './architecture/source-tree.ts'
import { bareWaits } from './architecture/waits.ts'

await t.test('the house keeps to its plan', async (t) => {
  const tree = await readSourceTree(resolve(import.meta.dirname, '..'))
  t.ok(tree.files.length > 100, `${tree.files.length} files were read`)
  t.same(wrongArrows(tree), [], 'imports follow the arrows')
  t.same(againstLevels(tree), [], 'inside a workspace imports go down')
  t.same(circles(tree), [], 'no file imports in a circle')
  t.same(undeclaredImports(tree), [], 'imports are declared where they are used')
  t.same(overgrown(tree), [], 'files stay small')
  t.same(junkDrawers(tree), [], 'files have names')
  t.same(environmentReads(tree), [], 'the environment is read once')
  t.same(impure(tree), [], 'pure packages are pure')
  t.same(knownByName(tree, builtinNames), [], 'one table knows the builtins')
  t.same(readsProse(tree), [], 'no module takes another’s sentence apart')
  t.same(assertionsInTheOpen(tree), [], 'tests that wait assert inside of t.test')
  t.same(bareWaits(tree), [], 'tests wait for conditions, not for time')
})
