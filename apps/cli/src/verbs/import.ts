import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { counted, csvHeader, type ImportQuery, routes } from '@eims/contracts'
import { command } from '../command.ts'
import { batchConfig, setBatchConfig } from '../csv/batch-config.ts'
import { download } from '../csv/download.ts'
import { errorFileName } from '../csv/error-file-name.ts'
import { NoReport } from '../csv/outcome.ts'
import { importOverrides } from '../csv/overrides.ts'
import { isGood, reportText } from '../csv/report-text.ts'
import { sendFile } from '../csv/upload.ts'
import { interruptible } from '../interrupt.ts'
import { Refusal } from '../refusal.ts'
import { importsVerbs } from './imports.ts'

const options = {
  template: { type: 'boolean', says: 'print an empty file with all columns, and do nothing else' },
  'dry-run': { type: 'boolean', says: 'say what would happen, change nothing' },
  atomic: { type: 'boolean', says: 'all rows or none (the default)' },
  partial: { type: 'boolean', says: 'the good rows, even when others have problems' },
  strict: { type: 'boolean', says: 'hold back rows with warnings, too' },
  'on-existing': {
    type: 'string',
    oneOf: ['fail', 'update', 'skip'],
    says: 'what becomes of machines that are registered with other details (default fail)',
  },
  profile: { type: 'string', value: 'NAME', says: 'OS profile of every row (EIMS_OSPROFILE, EDGEORCH_OSPROFILE)' },
  'os-profile': { type: 'string', value: 'NAME', says: 'the same, as EIM calls it' },
  batch: { type: 'string', value: 'NAME', says: 'batch of every row, made when it is new (EIMS_BATCH)' },
  config: {
    type: 'string',
    value: 'FILE',
    says: 'config-file (YAML) of that batch, so of every row; set before the rows are read ("" for none)',
  },
  account: { type: 'string', value: 'NAME', says: 'local account of every row (EIMS_REMOTEUSER, EDGEORCH_REMOTEUSER)' },
  'remote-user': { type: 'string', value: 'NAME', says: 'the same, as EIM calls it' },
  site: { type: 'string', value: 'NAME', says: 'site of every row (EIMS_SITE, EDGEORCH_SITE)' },
  secure: { type: 'string', oneOf: ['true', 'false'], says: 'for every row (EIMS_SECURE, EDGEORCH_SECURE)' },
  metadata: { type: 'string', value: 'K=V&K2=V2', says: 'of every row (EIMS_METADATA, EDGEORCH_METADATA)' },
  sheet: { type: 'string', value: 'NAME|NUMBER', says: 'of an .xlsx file (default the first that is not hidden)' },
  column: {
    type: 'string',
    multiple: true,
    value: 'NAME=COLUMN',
    says: 'what a column of the file is, such as "Geräte-Nr.=Serial"; "NAME=" leaves it out (for good: ./eims site set --import-column)',
  },
  errors: {
    type: 'string',
    value: 'FILE',
    says: 'where the rows with problems go (default FILE.errors.csv in this folder)',
  },
} as const

const about = `
FILE is an .xlsx or CSV file ("-": standard input) whose header names the columns, in any order and several languages:
${csvHeader.split(',').slice(0, -1).join(', ')}.
A title above the header is left out. The files of EIM's bulk import tool and of orch-cli are taken as they are. Everything that is wrong is said in one go, and
written into a file of the same shape, which can be mended and imported as it is. What is only doubtful (a MAC as serial, lost
zeros, dates that a spreadsheet made) is a warning, and imported unless --strict is given. Importing a file twice changes nothing.
Ctrl-C ends the import, unless it is at its very end; ./eims imports undo takes back one that is done.
What a flag says goes before the environment, and that before the cells. More: docs/csv.md
`

const importFile = command({
  name: 'import',
  summary: 'register the machines of a CSV or .xlsx file',
  usage: 'FILE [OPTIONS]\n--template',
  words: { usage: 'FILE', what: 'file', least: 0, most: 1 },
  options,
  about,
  async run(call) {
    const { words, values, env } = call
    if (values.template) {
      process.stdout.write(`${csvHeader}\n`)
      return
    }
    const [file] = words
    if (file === undefined) throw new Refusal('give exactly one file; see ./eims import --help', 2)
    if (values.atomic && values.partial) throw new Refusal('give --atomic or --partial, not both', 2)
    const { profile = values['os-profile'], account = values['remote-user'], site, secure, metadata, batch } = values
    const query: Partial<ImportQuery> = {
      dryRun: values['dry-run'] ? 'true' : 'false',
      mode: values.partial ? 'partial' : 'atomic',
      onExisting: (values['on-existing'] ?? 'fail') as ImportQuery['onExisting'],
      strict: values.strict ? 'true' : 'false',
      ...(file === '-' ? {} : { file: basename(file) }),
      ...(values.sheet === undefined ? {} : { sheet: values.sheet }),
      ...(values.column ? { column: values.column } : {}),
      ...importOverrides({ profile, account, site, secure, metadata, batch }, env),
    }
    if (values.config !== undefined) {
      const config = batchConfig(values.config, query.batch)
      if (!values['dry-run']) await setBatchConfig(call.client, query.batch!, config)
    }
    using interrupt = interruptible()
    const report = await sendFile(call.client, file, query, interrupt).catch((error: unknown) => {
      if (error instanceof NoReport && values.json)
        call.show({ id: error.id, outcome: error.outcome, message: error.message }, () => '')
      throw error
    })
    const errors = report.errorFile && (values.errors ?? errorFileName(file, existsSync))
    const path = routes.getImportErrors.path.replace(':id', report.id)
    if (errors) await download(call.server, path, errors, values.errors !== undefined)
    call.show({ ...report, errorFile: errors }, (_, screen) => reportText(report, errors, screen))
    if (!isGood(report)) throw new Refusal(`${counted(report.problemsTotal, 'problem')} in ${file}`)
  },
})

export const importVerbs = [importFile, ...importsVerbs]
