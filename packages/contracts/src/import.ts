import { z } from 'zod'
import { named } from './component.ts'

/** Columns of the import's own file, in the order of the template; the first seven are those of EIM's bulk import tool. */
export const csvColumns = [
  'Serial',
  'UUID',
  'OSProfile',
  'Site',
  'Secure',
  'RemoteUser',
  'Metadata',
  'MAC',
  'Name',
  'Batch',
  'Manufacturer',
  'Product',
  'Disk',
] as const
export type CsvColumn = (typeof csvColumns)[number]
/** What a column of somebody's list is taken for; empty: it is not read. */
export const ColumnMeaning = z.enum([...csvColumns, ''])
export type ColumnMeaning = z.infer<typeof ColumnMeaning>
/** The longest name of a column that a mapping can speak of, and the most columns that it can. */
const MOST_COLUMN_NAME = 100
export const MOST_MAPPED = 64
/** Columns by what a site's lists call them. */
export const ImportColumns = z
  .record(z.string().trim().min(1).max(MOST_COLUMN_NAME), ColumnMeaning)
  .refine((columns) => Object.keys(columns).length <= MOST_MAPPED, `may have at most ${MOST_MAPPED} columns`)

/** Written by the server, ignored when it comes in. */
export const errorColumn = 'Error - do not fill'
export const csvHeader = [...csvColumns, errorColumn].join(',')
/** Of an export: what is on the disk, beside the profile that is to be; ignored when it comes in. */
export const installedColumn = 'Installed'
export const exportHeader = [...csvColumns, installedColumn, errorColumn].join(',')

/** What can be wrong with a file or a row. `docs/csv.md` is kept in step with it by a test. */
export const importProblems = {
  'empty-file': 'The file holds no header',
  'no-identifier-column': 'No column of the header is a serial, UUID or MAC',
  'duplicate-column': 'Two columns of the header mean the same',
  'broken-csv': 'Quotes or sizes do not work out, so that nothing behind this place can be told apart',
  'too-many-rows': 'The file has more rows than one import takes',
  'too-many-cells':
    'The row has more cells than the header has columns: in CSV a separator inside a cell needs quotes, in a sheet each column a name',
  'no-identifier': 'The row has no serial, UUID or MAC',
  'too-long-cell': 'A cell with more text than any spreadsheet takes',
  formula: 'A formula where its result belongs',
  'spreadsheet-error': 'What a spreadsheet writes where a formula has no result, such as #REF!',
  'invalid-serial': 'Not a serial number as vendors print them, or one that a spreadsheet has rounded',
  'invalid-uuid': 'Not a UUID',
  'invalid-mac': 'Not a MAC address',
  placeholder: 'A placeholder that firmware or vendors leave on many machines; it cannot identify one',
  'invalid-name': 'Not a host name',
  'unknown-profile': 'There is no such OS profile',
  'unknown-account': 'There is no such local account',
  'other-site': 'Another site than this one',
  'invalid-secure': 'Neither true nor false',
  'not-secure': 'Secure needs a profile with secure boot and full disk encryption',
  'invalid-metadata': 'Not of the form key=value&key2=value2',
  'invalid-batch': 'Not the name of a batch',
  'invalid-text': 'Too long a manufacturer or product',
  'invalid-disk': 'Not a rule that chooses a disk',
  'duplicate-in-file': 'An earlier row of the file is the same machine or has the same name',
  'identity-conflict': 'The registry contradicts the row: its identifiers are of several nodes, or of one with others',
  'name-taken': 'Another node of the registry has this name',
  'already-registered': 'The machine is registered with other details',
} as const
export type ImportProblemCode = keyof typeof importProblems

/**
 * What is doubtful about a row: imported all the same, unless `strict` holds it back. `docs/csv.md` is kept in step with it
 * by a test.
 */
export const importWarnings = {
  'mac-as-serial': 'The serial is a MAC address; the columns may have shifted',
  'uuid-as-serial': 'The serial is a UUID; the columns may have shifted',
  'totals-row': 'The row looks like the total below a list',
  prefix: 'The serial begins with its own label, such as S/N:',
  'barcode-stars': 'The serial stands between the stars of a barcode font',
  'several-in-one-cell': 'The cell seems to hold several serials',
  'excel-text-mark': 'The serial begins with the apostrophe that marks text in a spreadsheet',
  'excel-decimal': 'The serial has the decimal places that a spreadsheet gives to a number',
  'excel-rounding': 'The serial is a number of more than 15 digits that a spreadsheet has probably rounded',
  'excel-date': 'The serial is a date, which a spreadsheet may have made of it',
  'lost-zeros': 'The serial has fewer digits than most of the file; zeros at its front may be lost',
  'unequal-lengths': 'The serial is shorter or longer than nearly all others of its model in the file',
  'guessed-encoding': 'The file is not UTF-8 and the row holds letters that were guessed',
} as const
export type ImportWarningCode = keyof typeof importWarnings

/** The most problems, and the most warnings, that a reply holds; the error file holds all problems. */
export const MOST_PROBLEMS = 1000
/** So many rows are named of problems that are equal. */
export const MOST_ROWS_NAMED = 20
export const MOST_IMPORT_BYTES = 256 * 1024 * 1024
export const MOST_IMPORT_ROWS = 1_000_000
/** A preview holds so many rows at most, and so many of the findings in them. */
export const MOST_PREVIEW_ROWS = 10_000
export const MOST_PREVIEW_FINDINGS = 20_000

const ImportMode = z.enum(['atomic', 'partial'])
const OnExisting = z.enum(['skip', 'update', 'fail'])
const yesNo = z.enum(['true', 'false'])
/** All of them together have to fit into the 16 KiB that the address and the headers of a request may have. */
const override = z.string().trim().max(128).optional()

const mapping = z.string().max(MOST_COLUMN_NAME + 100)

/** How a file is imported. What is given here takes the place of the cells of every row. */
export const ImportQuery = z.object({
  /** made by the client, to ask for progress meanwhile; without it the server makes one */
  id: z.uuid().optional(),
  /** what the file is called; stands in the audit log */
  file: z.string().trim().min(1).max(255).optional(),
  /** say what would happen, change nothing */
  dryRun: yesNo.default('false'),
  /** `atomic`: all rows or none; `partial`: the good rows */
  mode: ImportMode.default('atomic'),
  /** what becomes of rows whose machine is registered with other details; with the same ones it is unchanged in any case */
  onExisting: OnExisting.default('fail'),
  /** warnings hold a row back as problems do */
  strict: yesNo.default('false'),
  /** the reply holds the rows as they were read, too: to be shown and mended */
  rows: yesNo.default('false'),
  /** of an .xlsx file: the sheet's name, or its number, 1 being the first; without it the first that is not hidden */
  sheet: z.string().trim().min(1).max(100).optional(),
  /** `NAME=COLUMN`, repeatable: a column of the file by its name is one of ours, or with an empty COLUMN is not read */
  column: z
    .union([mapping, z.array(mapping).max(MOST_MAPPED)])
    .default([])
    .transform((given) => [given].flat()),
  profile: override,
  site: override,
  secure: override,
  account: override,
  metadata: z.string().trim().max(4096).optional(),
  batch: override,
})
export type ImportQuery = z.infer<typeof ImportQuery>

export const ImportProblem = z.object({
  /** number of the line in the file where the row begins, or of the row in its sheet */
  row: z.number().int().positive(),
  /** as the file's header calls it; empty when it is about the row as a whole */
  column: z.string(),
  value: z.string(),
  code: z.string(),
  message: z.string(),
})
export type ImportProblem = z.infer<typeof ImportProblem>

/** Problems or warnings that differ in nothing but row and value, as one; `row` and `value` are those of the first. */
export const ImportFinding = ImportProblem.extend({
  /** the first rows that have it */
  rows: z.array(z.number().int().positive()).max(MOST_ROWS_NAMED),
  /** how often it was found */
  count: z.number().int().positive(),
})
export type ImportFinding = z.infer<typeof ImportFinding>

/** The file as it was read: what it says in its cells, and what was found in each of them. */
export const ImportPreview = z.object({
  /** number of the header's line in the file, or of its row in the sheet */
  headerRow: z.number().int().positive(),
  header: z.array(z.string()),
  /** rows by the numbers that findings name; empty ones are left out */
  rows: z.array(z.object({ row: z.number().int().positive(), cells: z.array(z.string()) })).max(MOST_PREVIEW_ROWS),
  /** whether these are all rows of the file; else they are the first, and further ones in which something was found */
  whole: z.boolean(),
  /** each problem and each warning by itself, in the order of rows */
  findings: z.array(ImportProblem.extend({ isWarning: z.boolean() })).max(MOST_PREVIEW_FINDINGS),
  /** names of the sheets of an .xlsx file */
  sheets: z.array(z.string()),
})
export type ImportPreview = z.infer<typeof ImportPreview>

export const ImportReport = z.object({
  id: z.string(),
  dryRun: z.boolean(),
  mode: ImportMode,
  onExisting: OnExisting,
  /** whether the registry holds the good rows now; without it the counts say what would have become of them */
  committed: z.boolean(),
  rows: z.number().int(),
  /** also discovered machines that were taken over */
  created: z.number().int(),
  updated: z.number().int(),
  unchanged: z.number().int(),
  skipped: z.number().int(),
  failed: z.number().int(),
  unknownColumns: z.array(z.string()),
  /** columns of other tools that are kept as metadata, because nothing here uses them */
  metadataColumns: z.array(z.string()),
  /** what the file's columns were taken for: by their `name`, or because the `site` or the `request` says so */
  columns: z.array(z.object({ name: z.string(), column: ColumnMeaning, by: z.enum(['name', 'site', 'request']) })),
  /** what a person should know of how the file was read: lines above the header, other sheets, hidden rows */
  notes: z.array(z.string()),
  /** batches that the file names and that did not exist before */
  newBatches: z.array(z.string()),
  problems: z.array(ImportFinding),
  problemsTotal: z.number().int(),
  /** what is doubtful, and imported all the same; with `strict` it stands among the problems instead */
  warnings: z.array(ImportFinding),
  warningsTotal: z.number().int(),
  /** path of the error file: the rows with their reasons, to be mended and fed in again */
  errorFile: z.string().nullable(),
  /** what the file is; `separator` and `encoding` of an .xlsx file are those of its rows as they are written again */
  file: z.object({
    format: z.enum(['csv', 'xlsx']),
    /** name of the sheet that was read */
    sheet: z.string().nullable(),
    encoding: z.string(),
    separator: z.string(),
    bytes: z.number().int(),
    sha256: z.string(),
  }),
  seconds: z.number(),
  /** in the reply to the request that asked for the rows */
  preview: ImportPreview.optional(),
})
export type ImportReport = z.infer<typeof ImportReport>

/** Which nodes an export holds. Machines that nobody registered are left out, unless the filter speaks of `registered`. */
export const ExportQuery = z.object({ batch: z.string().max(64).optional(), filter: z.string().max(2000).optional() })
export type ExportQuery = z.infer<typeof ExportQuery>

named({ ImportFinding, ImportMode, ImportPreview, ImportReport, OnExisting })
