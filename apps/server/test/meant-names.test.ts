import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { addProfile, openSite } from './support/site.ts'

// One promise: wherever a name is not found, the one that was meant is said, and wrong usage ends with 2 and its flag.

const { fresh } = await startDatabases(t)
const cli = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url))

await t.test('names and flags', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db, 'debian')
  await site.api('addBatch', { body: { name: 'lot-7' } })
  await site.api('addAccount', { body: { name: 'ops', userName: 'edge' } })
  await site.api('addNode', { body: { name: 'n1', serial: 'S1' } })
  const file = join(site.dataDir, 'machines.csv')
  writeFileSync(file, 'Serial,OSProfile,RemoteUser\nS2,debain,opss\nS3,debain,\nS4,windows,\n')

  const eims = (line: string) =>
    new Promise<{ code: number; said: string }>((done) => {
      const env = { ...process.env, EIMS_SERVER: site.admin, EIMS_KEY: site.keys.admin, HOME: site.dataDir }
      execFile(process.execPath, [cli, ...line.split(' ')], { env, cwd: site.dataDir }, (error, out, said) =>
        done({ code: error ? Number(error.code) : 0, said: `${out}${said}` }),
      )
    })

  for (const [line, code, said] of [
    [
      'nodes set n1 --profile debain',
      2,
      /--profile names the profile debain, which does not exist; did you mean debian\?/,
    ],
    ['nodes add n2 --serial S9 --batch lto-7', 2, /--batch names the batch lto-7, .*did you mean lot-7\?/],
    ['nodes list --batch lto-7', 5, /There is no batch lto-7; did you mean lot-7\?/],
    ['nodes hold --batch lto-7 --reason because --yes', 5, /There is no batch lto-7; did you mean lot-7\?/],
    ['nodes hold --batch lot-7 --reason because --yes', 5, /no node matches batch = "lot-7"/],
    ['nodes set --in-batch lto-7 --profile debian --yes', 5, /did you mean lot-7\?/],
    ['logs --batch lto-7', 5, /did you mean lot-7\?/],
    ['export --batch lto-7', 5, /did you mean lot-7\?/],
    ['batches show LOT7', 5, /did you mean lot-7\?/],
    ['profiles show debain', 5, /There is no profile debain; did you mean debian\?/],
    ['profiles add p --image debain-image', 2, /--image .*debain-image.*did you mean debian-image\?/],
    ['images show debain-image', 5, /did you mean debian-image\?/],
    ['site set --default-profile debain', 2, /did you mean debian\?/],
    ['accounts show osp', 5, /did you mean ops\?/],
    ['nodes list --limit many', 2, /--limit/],
    ['nodes set n1 --netboot never', 2, /--netboot is one of/],
    ['batches add b --expected few', 2, /--expected/],
    ['nodes list --fliter x', 2, /did you mean --filter\?/],
  ] as const)
    t.match(await eims(line), { code, said }, line)

  const imported = await eims(`import ${file} --dry-run`)
  t.match(imported.said, /is no OS profile; did you mean debian\?/)
  t.match(imported.said, /is no OS profile; there are: debian/, 'where no name is near, those that there are')
  t.match(imported.said, /is no local account; did you mean ops\?/)
})
