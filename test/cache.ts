import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where the tests keep what is expensive to make; the launcher names it. */
export const CACHE = process.env.EIMS_CACHE ?? join(homedir(), '.cache/eims')
