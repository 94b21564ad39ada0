import { z } from 'zod'
import { named } from './component.ts'
import { ImportReport } from './import.ts'

/** How an import stands in the registry. `interrupted`: its server ended in the middle, so nothing of it was written. */
export const ImportState = z.enum(['running', 'done', 'cancelled', 'failed', 'interrupted'])
export type ImportState = z.infer<typeof ImportState>

/** What an import did to a node. `taken-over`: the machine had appeared by itself. */
export const ImportedKind = z.enum(['created', 'changed', 'taken-over'])
export type ImportedKind = z.infer<typeof ImportedKind>

/** Why undoing an import leaves a node as it is, in the order in which they are looked for. */
export const undoReasons = {
  gone: 'is in the registry no more',
  run: 'has a run since, or one under way',
  seen: 'its machine was seen since',
  imported: 'another import changed it since',
  changed: 'was changed since',
  reference: 'its former profile or account is gone',
  name: 'its former name is another node’s now',
  maker: 'with its former maker it could not be told from another node of the same serial',
} as const
export type UndoReason = keyof typeof undoReasons

/** So many rows and names are given of nodes that are left for the same reason. */
export const MOST_LEFT_NAMED = 20
/** So many problems, and so many warnings, of an import's report are kept. */
export const MOST_FINDINGS_KEPT = 50
/** The least of an import's id that names it. */
export const LEAST_IMPORT_ID = 8

export const LeftNodes = z.object({
  kind: ImportedKind,
  reason: z.enum(Object.keys(undoReasons) as [UndoReason, ...UndoReason[]]),
  message: z.string(),
  count: z.number().int().positive(),
  /** the first rows of the file, and what those nodes are called; a node that is gone has no name */
  rows: z.array(z.number().int()).max(MOST_LEFT_NAMED),
  names: z.array(z.string()).max(MOST_LEFT_NAMED),
})
export type LeftNodes = z.infer<typeof LeftNodes>

/** What undoing an import came to or, as a dry run, would come to. */
export const ImportUndo = z.object({
  /** of the import, and what its file is called */
  id: z.string(),
  file: z.string().nullable(),
  dryRun: z.boolean(),
  by: z.string(),
  at: z.iso.datetime(),
  /** nodes that it had created, and that are removed */
  deleted: z.number().int(),
  /** nodes that it had changed or taken over, and that are what they were */
  restored: z.number().int(),
  /** nodes that stay as they are, for they were touched since */
  left: z.number().int(),
  because: z.array(LeftNodes),
})
export type ImportUndo = z.infer<typeof ImportUndo>

const count = z.number().int()
export const ImportCounts = ImportReport.pick({
  rows: true,
  created: true,
  updated: true,
  unchanged: true,
  skipped: true,
  failed: true,
}).extend({ warnings: count })
export type ImportCounts = z.infer<typeof ImportCounts>

/** An import of the history: every one that ran, whatever came of it. Dry runs are none. */
export const ImportRecord = z.object({
  id: z.string(),
  /** null: nobody said how it is called */
  file: z.string().nullable(),
  actor: z.string(),
  state: ImportState,
  /** whether its good rows went into the registry; then `created` and the others say what was done, else what would have been */
  committed: z.boolean(),
  /** that was given for all rows */
  batch: z.string().nullable(),
  /** of the file; null: it did not come in whole */
  sha256: z.string().nullable(),
  bytes: count,
  /** null: its rows were never judged */
  counts: ImportCounts.nullable(),
  /** why it failed */
  why: z.string().nullable(),
  startedAt: z.iso.datetime(),
  /** null: it is under way, or nobody knows */
  endedAt: z.iso.datetime().nullable(),
  /** whether it changed nodes, and what they were before is kept still */
  undoable: z.boolean(),
  /** null: it was not undone */
  undo: ImportUndo.nullable(),
})
export type ImportRecord = z.infer<typeof ImportRecord>

/** One import: how far it is or what came of it, also long after. */
export const ImportProgress = ImportRecord.extend({
  /** `running` is one of another server, which alone knows more */
  state: z.enum(['receiving', 'waiting', 'reading', 'checking', 'writing', 'undoing', ...ImportState.options]),
  /** of the file, received so far */
  bytes: count,
  /** read so far */
  rows: count,
  /** of the stage that `state` names; null when nobody can say */
  fraction: z.number().min(0).max(1).nullable(),
  /** after a restart with its first findings, and without the error file */
  report: ImportReport.nullable(),
})
export type ImportProgress = z.infer<typeof ImportProgress>

export const UndoQuery = z.object({
  /** say what would happen, change nothing */
  dryRun: z.enum(['true', 'false']).default('false'),
})
export type UndoQuery = z.infer<typeof UndoQuery>

named({ Import: ImportProgress, ImportCounts, ImportedKind, ImportRecord, ImportState, ImportUndo, LeftNodes })
