import { z } from 'zod'
import { named } from './component.ts'
import { Role } from './routes/shape.ts'

/**
 * The header that every change by a browser's session carries, with any value: a page of another origin cannot send it
 * unless the server allows that (CORS), which this one never does.
 */
export const PAGE_HEADER = 'x-eims-page'

/** How a browser signs in: the key is sent this once and kept nowhere. */
export const SignIn = z.strictObject({ key: z.string().trim().min(1).max(512) })
export type SignIn = z.infer<typeof SignIn>

/** Who asks: the key by which a browser signed in, or the one that the request carries. */
export const Session = z.object({
  /** the key's name, as the audit log has it */
  name: z.string(),
  role: Role,
  /** when it ends at the latest; null: a key was sent, and there is no session */
  endsAt: z.iso.datetime().nullable(),
})
export type Session = z.infer<typeof Session>

named({ Session, SignIn })
