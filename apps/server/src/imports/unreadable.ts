import { ProblemError } from '@eims/contracts'

/** The file as a whole cannot be read, whatever its rows are. @param what follows "the file", with the remedy */
export const unreadable = (what: string): ProblemError => new ProblemError('import-unreadable', `the file ${what}`)

/** What to do with a list that came in a form which is not read here. */
export const SAVE_AS = 'save the list as .xlsx or as CSV and import that'
