import { ProblemError, type Role, type Session } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { reading, readings, server } from './client.ts'
import { forgetSendings } from './sending.ts'

/** Who is signed in; null: nobody. */
const readSession = async (): Promise<Session | null> => {
  try {
    return await server('getSession', {})
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'unauthenticated') return null
    throw error
  }
}

/** Who is signed in, as the server says; a session that ends while a page is open shows with the next thing that is asked. */
export const useSession = () => useQuery({ queryKey: reading.session, queryFn: readSession })

/** What somebody who is signed in may do; `viewer` while that is not known. */
export const useRole = (): Role => useSession().data?.role ?? 'viewer'

export async function signIn(key: string): Promise<void> {
  const session = await server('signIn', { body: { key } })
  readings.setQueryData(reading.session, session)
}

/** Whatever was read goes with the session. */
export async function signOut(): Promise<void> {
  forgetSendings()
  await server('signOut', {}).catch((error: unknown) => {
    if (!(error instanceof ProblemError && error.code === 'unauthenticated')) throw error
  })
  readings.setQueryData(reading.session, null)
  // what was typed and not saved may hold passwords (editor/draft.ts)
  sessionStorage.clear()
  readings.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== reading.session[0] })
}

// Whoever is told that nobody is signed in asks for a key; what was read before is not shown to the next one.
readings.getQueryCache().subscribe(({ type, query }) => {
  if (type !== 'updated' || query.queryKey[0] === reading.session[0]) return
  const { error } = query.state
  if (!(error instanceof ProblemError && error.code === 'unauthenticated')) return
  if (readings.getQueryData(reading.session) !== null) readings.setQueryData(reading.session, null)
})
