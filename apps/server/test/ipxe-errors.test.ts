import { say } from '@eims/contracts'
import t from 'tap'
import { tlsFailure } from '../src/boot/ipxe-errors.ts'

// 0216eb8f and 0216ea8f were seen with 1.21.1+git20250501 (another CA, another name); the others are from its source.
const said: [errno: string | undefined, cause: string, sentence: RegExp][] = [
  ['0216eb8f', 'no-chain', /leads to a CA that the machine was told to trust \(https:\/\/ipxe\.org\/0216eb8f\)$/],
  ['0216EA8F', 'other-name', /does not name the address that the machine called \(https:\/\/ipxe\.org\/0216ea8f\)$/],
  ['0216e48f', 'expired', /has expired, or is not valid yet by the machine’s clock/],
  ['0216e68f', 'other-ca', /of a CA that the machine was not told to trust/],
  ['02aa118f', 'untrusted', /is not trusted \(/],
  ['0c0a6039', 'no-answer', /TLS port does not answer/],
  ['7f04828f', 'not-booted', /the iPXE that HTTP boot leads to could not boot over TLS/],
  ['11223344', 'failed', /: the TLS connection failed \(https:\/\/ipxe\.org\/11223344\)$/],
  [undefined, 'failed', /: the TLS connection failed$/],
  ['<script>', 'failed', /: the TLS connection failed$/],
]

await t.test('iPXE’s error numbers as a reason, and as a sentence', async (t) => {
  for (const [errno, cause, sentence] of said) {
    const reason = tlsFailure(errno)
    t.match(reason, { code: 'ipxe-tls-failed', slots: { cause } }, errno ?? 'none')
    t.match(say(reason), sentence, errno ?? 'none')
  }
})
