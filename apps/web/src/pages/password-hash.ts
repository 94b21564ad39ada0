import { saltOf, sha512CryptSteps } from '@eims/contracts'

/** A password as its hash in /etc/shadow, made here: only that leaves the page. It takes some tenths of a second. */
export async function hashOf(password: string): Promise<string> {
  const steps = sha512CryptSteps(password, saltOf(crypto.getRandomValues(new Uint8Array(16))))
  let step = steps.next()
  while (!step.done) step = steps.next(new Uint8Array(await crypto.subtle.digest('SHA-512', step.value)))
  return step.value
}
