import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { problemFrom, type RestoreReport, routes, RestoreReport as Schema } from '@eims/contracts'
import { endOf } from '../backup/end.ts'
import { command, one } from '../command.ts'
import { fields } from '../output.ts'
import { progressLine } from '../progress.ts'
import { Refusal } from '../refusal.ts'

export const restore = command({
  name: 'restore',
  summary: 'put a backup in the place of an empty registry; the service ends afterwards and is started again',
  words: one('file', 'what ./eims backup wrote'),
  options: {
    force: { type: 'boolean', says: 'replace a registry that is not empty; what is in it is lost' },
    'no-hold': {
      type: 'boolean',
      says: 'no machine was provisioned since the backup was made (a planned move): let every machine go on as it was',
    },
  },
  about: `
Start the service with an empty data directory or database first. All of the backup is put in or, when anything is wrong
with it, nothing. The keys are those of the backup from then on. A backup of an older version of eims is brought forward.
While another server works on the same database it is refused: stop that one first.

Machines that would be written at their next network boot may have been installed since the backup was made: they wait
until ./eims nodes release lets them go on, and runs that were under way are over.`,
  async run({ name, values, server, show }) {
    const path = resolve(name)
    const file = await stat(path).catch(() => null)
    if (!file?.isFile()) throw new Refusal(`there is no file ${path}`)
    if (!(await endOf(path)))
      throw new Refusal(`${path} is no whole backup: its end is missing; take another one, nothing was changed`)
    const url = new URL(routes.restoreBackup.path, server.url)
    url.searchParams.set('force', String(values.force ?? false))
    url.searchParams.set('hold', String(!values['no-hold']))
    const line = progressLine(process.stderr)
    let sent = 0
    const body = createReadStream(path, { highWaterMark: 1024 * 1024 }).on('data', (chunk) => {
      sent += chunk.length
      line.show('restore', sent / file.size)
    })
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': routes.restoreBackup.consumes },
      body: Readable.toWeb(body) as NonNullable<RequestInit['body']>,
      duplex: 'half',
    }).finally(() => line.end())
    const reply = await response.text()
    if (!response.ok) throw problemFrom(reply) ?? new Error(`the server answered ${response.status}`)
    show(Schema.parse(JSON.parse(reply)), describe)
    process.stderr.write(
      'eims: the service ends now, so that it begins anew with what was restored; start it again with ./eims up (systemd and containers do so themselves)\n',
    )
  },
})

const describe = (report: RestoreReport) =>
  fields([
    ['site', report.site],
    ['made at', report.madeAt],
    ['rows', report.rows],
    ['pieces of images', report.blobs],
    ['held machines', report.held],
    ['runs cancelled', report.endedRuns],
    ['webhooks disabled', report.disabledWebhooks],
    ['brought forward by', report.migrations.join(', ')],
  ])
