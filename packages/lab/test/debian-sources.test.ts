import t from 'tap'
import { sourcesFor } from '../src/debian-sources.ts'

await t.test("the host's mirror serves any Debian release, whatever the host runs", async (t) => {
  const debian13 = `http://mirror.test/debian/|trixie|main|Debian
http://mirror.test/debian/|trixie-updates|main|Debian
https://mirror.test/security/|trixie-security|main|
http://mirror.test/debian/|trixie-backports|main|Debian
http://mirror.test/debian/|trixie|non-free-firmware|Debian
https://elsewhere.test/apt|trixie|main|Elsewhere
https://elsewhere.test/apt|nodistro|main|
cdrom://[Debian]/|trixie|main|Debian
http://mirror.test/debian/|trixie|main|Debian
`
  t.same(sourcesFor('bookworm', debian13), [
    'http://mirror.test/debian/ bookworm main',
    'http://mirror.test/debian/ bookworm-updates main',
    'https://mirror.test/security/ bookworm-security main',
  ])
})

await t.test('a Debian 12 host has those of Debian 13', async (t) => {
  t.same(sourcesFor('trixie', 'http://mirror.test/debian/|bookworm|main|\n'), [
    'http://mirror.test/debian/ trixie main',
  ])
})

await t.test('a host without Debian sources has none', async (t) => {
  t.same(sourcesFor('bookworm', ''), [])
  t.same(sourcesFor('bookworm', 'garbage\n|||\n'), [])
})
