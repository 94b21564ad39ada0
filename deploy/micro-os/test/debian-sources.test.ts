import t from 'tap'
import { formatSources, sourcesForSuite } from '../debian-sources.ts'

const rewritten = (name: string, text: string) => formatSources(sourcesForSuite([{ name, text }]))

await t.test('a Debian 12 host with deb822 sources', async (t) => {
  const text = `Types: deb
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://elsewhere.example/tool
Suites: nodistro
Components: main

Enabled: no
Types: deb
URIs: http://mirror.example/old
Suites: bookworm
Components: main

Types: deb-src
URIs: http://mirror.example/debian
Suites: bookworm
Components: main
`
  t.equal(
    rewritten('debian.sources', text),
    `Types: deb
URIs: http://mirror.example/debian
Suites: trixie trixie-updates
Components: main
Targets: Packages
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: trixie-security
Components: main
Targets: Packages
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`,
  )
})

await t.test('a key that stands in the file stays as it is', async (t) => {
  const text = `Types: deb
URIs: http://mirror.example/debian
Suites: trixie
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEY865UxYJKwYBBAHaRw8BAQdAd7Z0srwuhlB6JKFkcf4HU4SSS
 -----END PGP PUBLIC KEY BLOCK-----
`
  t.equal(
    rewritten('debian.sources', text),
    text.replace('main\n', 'main\nTargets: Packages\n').replace('By:\n', 'By: \n'),
  )
})

await t.test('a chroot with a one-line sources.list', async (t) => {
  const text = `# see sources.list(5)
deb [arch=amd64 signed-by=/etc/apt/keyrings/debian.gpg] http://mirror.example/debian bookworm main # the mirror
deb http://mirror.example/debian bookworm-updates main
deb-src http://mirror.example/debian bookworm main
deb http://ubuntu.example/ubuntu noble main
deb http://mirror.example/extra bookworm contrib non-free
`
  t.equal(
    rewritten('sources.list', text),
    `Types: deb
URIs: http://mirror.example/debian
Suites: trixie trixie-updates
Components: main
Targets: Packages
Signed-By: /etc/apt/keyrings/debian.gpg
`,
  )
})

await t.test('a host without Debian sources has none', async (t) => {
  t.strictSame(sourcesForSuite([{ name: 'sources.list', text: 'deb http://ubuntu.example/ubuntu noble main\n' }]), [])
})
