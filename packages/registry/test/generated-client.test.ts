import { execFile } from 'node:child_process'
import { cp, readdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { temporaryFolder } from './fresh-database.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

async function filesBelow(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const names = entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name))
  const pairs = names.sort().map(async (name) => [name.slice(folder.length), await readFile(name, 'utf8')] as const)
  return Object.fromEntries(await Promise.all(pairs))
}

await t.test('the committed client is what the schema gives', async (t) => {
  const copy = await temporaryFolder(t)
  await cp(join(root, 'prisma'), join(copy, 'prisma'), { recursive: true })
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  await promisify(execFile)(
    process.execPath,
    [join(root, 'node_modules/prisma/build/index.js'), 'generate', '--config', 'prisma/prisma.config.ts'],
    { cwd: copy, env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true', CHECKPOINT_DISABLE: '1' } },
  )
  const generated = await filesBelow(join(copy, 'packages/registry/src/generated'))
  t.ok(Object.keys(generated).length > 5)
  t.same(await filesBelow(join(root, 'packages/registry/src/generated')), generated, 'else: npm run generate')
})
