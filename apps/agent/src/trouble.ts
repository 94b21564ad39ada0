import { z } from 'zod'
import { tlsTrouble } from './http/trust.ts'

/** What went wrong with a fetch, the cause included: `fetch failed` alone tells nobody anything. */
export function trouble(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof z.ZodError) {
    const issue = error.issues[0]
    return `its answer is not understood (${issue?.path.join('.')}: ${issue?.message}); server and Micro-OS may be of different versions`
  }
  const { code, message } = (error.cause ?? {}) as { code?: string; message?: string }
  const told = tlsTrouble(code)
  if (told) return `${told} (${code})`
  return [error.message, code ?? message].filter(Boolean).join(': ')
}
