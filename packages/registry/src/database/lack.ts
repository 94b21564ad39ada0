import { inCauses } from './down.ts'

/** What a database that answered, or our own side, had too little of. `files`: it cannot read or write what it has. */
export type Lack = 'disk' | 'connections' | 'memory' | 'files'

/** SQLSTATE classes 53 and 58; ENOSPC and EDQUOT of our own writes; TooManyConnections and P2037 are Prisma's 53300. */
const lacks: Record<string, Lack> = {
  '53100': 'disk',
  ENOSPC: 'disk',
  EDQUOT: 'disk',
  '53300': 'connections',
  TooManyConnections: 'connections',
  P2037: 'connections',
  '53000': 'memory',
  '53200': 'memory',
  '58000': 'files',
  '58030': 'files',
  '58P01': 'files',
  '58P02': 'files',
}

/** Why something could not be done though somebody answered; nothing of it was done. Null: for another reason. */
export function lackOf(error: unknown): Lack | null {
  let found: Lack | null = null
  inCauses(error, ({ code, originalCode, kind, severity }) => {
    // With that it took itself down; what was under way may have been done.
    if (severity === 'PANIC') return false
    for (const word of [code, originalCode, kind]) if (typeof word === 'string') found ??= lacks[word] ?? null
    return found !== null
  })
  return found
}

/**
 * Waits for a note that may be left out while there is no room for it: whoever it is about must not suffer from that.
 */
export async function noteIfRoom(note: Promise<unknown>): Promise<void> {
  await note.catch((error: unknown) => {
    if (lackOf(error) !== 'disk') throw error
  })
}
