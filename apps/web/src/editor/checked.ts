import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useSettled } from '../shown/typing.ts'

/** Milliseconds without a key before a text is sent to be checked. */
const QUIET = 400

/**
 * What the server finds in something that is being written: asked when nobody has typed for a moment, the last answer stays
 * until the next is there.
 * @param key names what is checked, in what is read (client.ts)
 * @param body what is sent; null: nothing is asked
 */
export function useChecked<B extends object, R>(
  key: readonly unknown[],
  body: B | null,
  ask: (body: B, signal: AbortSignal) => Promise<R>,
) {
  const text = useSettled(body && JSON.stringify(body), QUIET)
  const checked = useQuery({
    queryKey: [...key, text],
    queryFn: ({ signal }) => ask(JSON.parse(text ?? '') as B, signal),
    enabled: text !== null,
    placeholderData: keepPreviousData,
    gcTime: 10_000,
  })
  return { data: checked.data, error: checked.error, isChecking: checked.isFetching }
}
