import { createHash } from 'node:crypto'
import { sha512CryptSteps } from '@eims/contracts'

export { saltOf } from '@eims/contracts'

/** A password as its hash in /etc/shadow; see `sha512CryptSteps`. @param salt at most 16 characters of crypt's alphabet */
export function sha512Crypt(password: string, salt: string): string {
  const steps = sha512CryptSteps(password, salt)
  let step = steps.next()
  while (!step.done) step = steps.next(new Uint8Array(createHash('sha512').update(step.value).digest()))
  return step.value
}
