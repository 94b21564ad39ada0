import type { Client, ImportUndo } from '@eims/contracts'
import { command, one } from '../command.ts'
import { confirm, yesFlag } from '../confirm.ts'
import { countsText, importListing, importText, undoText } from '../csv/history-text.ts'
import { progressText } from '../csv/report-text.ts'
import { tell } from '../csv/upload.ts'
import { formatFlags, printList } from '../listing.ts'
import { clock } from '../output.ts'
import { listFlags } from '../pages.ts'
import { Refusal } from '../refusal.ts'

/** A server that has a million nodes to look at. */
const UNDO_MS = 900_000

const importId = one('import', 'id, or its first eight characters or more', 'import')

const list = command({
  name: 'imports list',
  summary: 'list the imports that ran, newest first',
  options: {
    ...listFlags({ filter: 'file = *.csv AND state = done', orderBy: 'actor, startedAt desc' }),
    ...formatFlags('id,started,who,file'),
  },
  about: `Dry runs are left out. "refused" is one that had problems, so that nothing of it was written; "interrupted" one whose
service ended in the middle: nothing of it was written, either. How long they are kept: docs/csv.md.`,
  async run({ client, values, screen }) {
    await printList({ client, values, screen }, 'listImports', importListing)
  },
})

const show = command({
  name: 'imports show',
  summary: 'how far an import is or what came of it, also long after',
  words: importId,
  about: 'After a restart of the service the report has its first 50 problems and warnings.',
  async run({ name, client, show }) {
    show(await client('getImport', { params: { id: name } }), importText)
  },
})

const cancel = command({
  name: 'imports cancel',
  summary: 'end an import before it has written anything',
  words: importId,
  about: 'Waits for its end, and says what became of it: one that was at its very end is done all the same.',
  async run({ name, client, show }) {
    show(await client('cancelImport', { params: { id: name } }, { timeout: 600_000 }), progressText)
  },
})

const undo = command({
  name: 'imports undo',
  summary: 'take back what an import did',
  words: importId,
  options: { 'dry-run': { type: 'boolean', says: 'say what would happen, change nothing' }, ...yesFlag },
  about: `Machines that it registered are removed, and those that it changed are what they were before: all of it or nothing, and
only machines that were not touched since, neither by themselves nor by a person or another import. The others stay, and are
listed with the reason. Batches that it made stay. Possible for 30 days, and of the last 50 imports.
An operator undoes imports of their own key; those of others need an administrator's.`,
  async run({ name, values, client, show }) {
    const params = { id: name }
    const asked = await client('undoImport', { params, query: { dryRun: 'true' } }, { timeout: UNDO_MS })
    if (values['dry-run']) return show(asked, undoText)
    if (asked.deleted + asked.restored === 0) {
      show(asked, (_, screen) => undoText({ ...asked, dryRun: false }, screen))
      throw new Refusal('nothing was undone: all its machines were touched since')
    }
    const { startedAt, actor, file } = await client('getImport', { params })
    const what = `The import ${file ? `of ${file}` : asked.id} (${actor}, ${clock(startedAt)}) will be undone`
    await confirm(`${what}: ${countsText(asked)}.`, { ...values, many: true })
    show(await undone(client, asked.id), undoText)
  },
})

/** Undoes it, and shows meanwhile how far that is. */
async function undone(client: Client, id: string): Promise<ImportUndo> {
  const ended = new AbortController()
  const telling = tell(client, id, null, ended.signal)
  try {
    return await client('undoImport', { params: { id }, query: {} }, { timeout: UNDO_MS })
  } finally {
    ended.abort()
    await telling
  }
}

export const importsVerbs = [list, show, cancel, undo]
