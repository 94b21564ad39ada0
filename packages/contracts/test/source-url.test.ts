import t from 'tap'
import { addImageCommand, imageNameOf, invalidInput, ProfileInput, publishedAt } from '../src/index.ts'

// Where an image was published is known by one form, and never holds what opens it.
for (const [given, known] of [
  ['https://ann:secret@Images.example:443/debian.raw.gz?token=x#y', 'https://images.example/debian.raw.gz'],
  ['http://images.example:8080/a%20b.raw', 'http://images.example:8080/a%20b.raw'],
  ['ghcr.io/example/debian:13', 'ghcr.io/example/debian:13'],
  ['oci://ann:secret@ghcr.io/example/debian', 'ghcr.io/example/debian'],
] as const)
  t.equal(publishedAt(given), known)

for (const [address, name] of [
  ['https://images.example/debian-13.raw.gz?token=x', 'debian-13'],
  ['/srv/a%20b.qcow2', 'a-b'],
  ['ghcr.io/example/debian:13', 'debian-13'],
  ['ghcr.io/example/debian@sha256:abcdef0123456789', 'debian'],
  ['https://images.example/%zz..raw', 'zz.'],
  ['https://images.example/', 'images.example'],
  ['/...', 'image'],
] as const)
  t.equal(imageNameOf(address), name)

// Of a profile's workflow, which has steps or names one, that is told which it is wrong as.
const fields = (workflow: unknown) => {
  const { error } = ProfileInput.safeParse({ name: 'kiosk', image: 'debian', workflow })
  return error && invalidInput(error).fields?.map(({ path, message }) => `${path} ${message}`)
}
t.strictSame(fields({ workflow: 'rootio', params: { '1x': 'y' } }), ['body.workflow.params.1x Invalid key in record'])
t.match(fields([{ id: 'a' }])?.[0], /^body\.workflow\.0\.task /)
t.match(fields('rootio')?.[0], /^body\.workflow Invalid input/)

// The command that adds what is missing is one of a shell, whatever a template holds.
const missing = (url: string, kind: 'disk' | 'oci' | 'archive' = 'disk', sha256: string | null = null) =>
  addImageCommand({ url, kind, sha256 })
t.equal(
  missing('https://images.example/a.raw', 'disk', 'ab'),
  './eims images add https://images.example/a.raw --sha256 ab --name a',
)
t.equal(
  missing("https://images.example/$(reboot)';x.raw"),
  `./eims images add 'https://images.example/$(reboot)'\\'';x.raw' --sha256 HEX --name reboot-x`,
)
t.equal(
  missing('ghcr.io/example/debian:13', 'oci'),
  './eims images add oci://ghcr.io/example/debian:13 --name debian-13',
)
t.equal(missing('debian:13', 'oci'), './eims images add FILE --source-url debian:13 --name debian-13')
t.equal(
  missing('https://images.example/root.tar.gz', 'archive'),
  './eims images add https://images.example/root.tar.gz --sha256 HEX --name root',
)
