import t from 'tap'
import { tlsFailure } from '../src/boot/ipxe-errors.ts'

// 0216eb8f and 0216ea8f were seen with 1.21.1+git20250501 (another CA, another name); the others are from its source.
const said: [string | undefined, RegExp][] = [
  ['0216eb8f', /leads to a CA that the machine was told to trust \(https:\/\/ipxe\.org\/0216eb8f\)$/],
  ['0216EA8F', /does not name the address that the machine called \(https:\/\/ipxe\.org\/0216ea8f\)$/],
  ['0216e48f', /has expired, or is not valid yet by the machine’s clock/],
  ['0216e68f', /of a CA that the machine was not told to trust/],
  ['02aa118f', /is not trusted \(/],
  ['0c0a6039', /TLS port does not answer/],
  ['7f04828f', /the iPXE that HTTP boot leads to could not boot over TLS/],
  ['11223344', /: the TLS connection failed \(https:\/\/ipxe\.org\/11223344\)$/],
  [undefined, /: the TLS connection failed$/],
  ['<script>', /: the TLS connection failed$/],
]

await t.test('iPXE’s error numbers as a sentence', async (t) => {
  for (const [errno, sentence] of said) t.match(tlsFailure(errno), sentence, errno ?? 'none')
})
