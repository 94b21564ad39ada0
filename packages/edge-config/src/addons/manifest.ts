import { placesIn } from '@eims/contracts'
import { type Field, type Notes, parseYaml, quoted } from '@eims/placed-yaml'

/** Of one document: what etcd takes of one object is 1.5 MiB. */
const MOST_DOCUMENT = 1536 * 1024
const MOST_DOCUMENTS = 4096
const MOST_ITEMS = 4096
const LIMITS = { documents: 1, depth: 128, aliases: 100 }

/**
 * Checks a file of Kubernetes objects as K3s will read it: the documents between lines of `---`, each an object with
 * apiVersion, kind and metadata.name, or a List of such. All mistakes are told, each at its place in the file.
 * It stops behind each document, so that whoever has more to do than to wait can do so there.
 */
export function* checkManifest(text: string, notes: Notes): Generator<void> {
  const place = placesIn(text)
  const parts = [...documentsOf(text)]
  const at = { line: 1, column: 1, path: '' }
  if (parts.length > MOST_DOCUMENTS)
    return notes.mistake(at, `It holds ${parts.length} documents, at most ${MOST_DOCUMENTS} can be`, 'Take some out.')
  let objects = 0
  for (const { from, part } of parts) {
    if (part.length > MOST_DOCUMENT) {
      const sentence = `The document is longer than ${MOST_DOCUMENT} characters, which is more than a cluster takes`
      notes.mistake({ ...place(from), path: '' }, sentence, 'Make several objects of it.')
    } else {
      const [document] = parseYaml({ text: part, placeOf: (offset) => place(from + offset) }, notes, LIMITS)
      if (document && !document.isEmpty) {
        objects += 1
        checkObject(document)
      }
    }
    yield
  }
  if (objects === 0 && notes.mistakes.length === 0) notes.mistake(at, 'It holds no object', 'Leave the file out.')
}

/** The first `---` may have something behind it, and stays where it is: it is part of its document. */
function* documentsOf(text: string): Generator<{ from: number; part: string }> {
  let from = 0
  for (const { index } of text.matchAll(/^---(?=[ \t\r\n]|$)/gm)) {
    if (index > from) yield { from, part: text.slice(from, index) }
    from = index
  }
  yield { from, part: text.slice(from) }
}

function checkObject(field: Field): void {
  const fields = field.fields()
  if (!fields) return
  const word = (name: string, remedy: string): string | null => {
    const said = fields.get(name)
    const value = said?.word() ?? ''
    if (value === '' && (said === undefined || said.isText))
      (said ?? field).mistake(`The object has no ${name}`, remedy)
    return value === '' ? null : value
  }
  const apiVersion = word('apiVersion', 'Write `apiVersion:`, as apps/v1.')
  if (apiVersion !== null && !/^(?:[a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?v[a-z0-9]+$/.test(apiVersion))
    fields.get('apiVersion')!.mistake(`${quoted(apiVersion)} is no version of an API`, 'Write it as apps/v1 or v1.')
  const kind = word('kind', 'Write `kind:`, as Deployment.')
  if (kind !== null && !/^[A-Z][A-Za-z0-9]*$/.test(kind))
    fields.get('kind')!.mistake(`${quoted(kind)} is no kind of object`, 'Write it as Deployment.')
  const items = fields.get('items')
  if (kind?.endsWith('List') && items) {
    for (const item of items.items(MOST_ITEMS) ?? []) checkObject(item)
    return
  }
  const metadata = fields.get('metadata')
  const named = metadata?.fields()
  if (metadata && !named) return
  const name = named?.get('name')
  const generated = named?.get('generateName')
  if (name && !name.isEmpty) checkName(name)
  else if (generated)
    generated.mistake('generateName makes a new object each time that K3s starts', 'Write metadata.name.')
  else (name ?? metadata ?? field).mistake('The object has no metadata.name', 'Write `metadata:` and below it `name:`.')
}

/** What some kinds may have, as ClusterRoles `system:node`, the others only without the colon: a path segment (RFC 3986). */
function checkName(field: Field): void {
  const name = field.word()
  if (name !== null && (name.length > 253 || /[/%]|^\.{1,2}$|\s/.test(name)))
    field.mistake(`${quoted(name)} is no name of an object`, 'Write at most 253 letters, digits, dots and hyphens.')
}
