import type { ChangeKind } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { appendEvents } from './events.ts'

/**
 * Lets the event stream tell that something which is no machine was changed; in the transaction of the change.
 * @param of   its id and its name, as it is now; nothing else of it is told
 * @param more what follows in the sentence: who did it, or why
 */
export async function appendChange(
  db: Db,
  kind: ChangeKind,
  { id, name }: { id: string; name: string },
  more?: string,
): Promise<void> {
  const [what = '', how] = kind.split('.')
  const sentence = [`${what.charAt(0).toUpperCase()}${what.slice(1)} ${name} ${how}`, more].filter(Boolean).join(' ')
  await appendEvents(db, [{ kind, message: sentence, data: { id, name } }])
}
