import { counted } from '@eims/contracts'

/** More names than that make no sentence. */
const MOST_NAMES = 10

/** What an import did, as the event stream tells it. */
interface ImportDone {
  actor: string
  /** id of the import */
  subject: string
  created: number
  updated: number
  newBatches: { name: string }[]
}

/** PURE: the one event that stands for all machines of an import. */
export function importDone({ actor, subject, created, updated, newBatches }: ImportDone): {
  message: string
  data: { id: string; created: number; updated: number; newBatches: string[] }
} {
  const all = created + updated
  const did = [...(created > 0 ? [`${created} registered`] : []), ...(updated > 0 ? [`${updated} changed`] : [])].join(
    ', ',
  )
  const names = newBatches.slice(0, MOST_NAMES).map(({ name }) => name)
  const rest = newBatches.length - names.length
  const batches =
    names.length === 0
      ? ''
      : `; new batch${newBatches.length > 1 ? 'es' : ''}: ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
  return {
    message: `${actor} imported ${counted(all, 'machine')}: ${did}${batches}`,
    data: { id: subject, created, updated, newBatches: names },
  }
}
