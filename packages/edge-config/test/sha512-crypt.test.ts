import { execFileSync } from 'node:child_process'
import t from 'tap'
import { saltOf, sha512Crypt } from '../src/index.ts'

// The specification’s vector with the usual number of rounds, and another implementation as second opinion.

t.equal(
  sha512Crypt('Hello world!', 'saltstring'),
  '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
)
t.match(saltOf(Uint8Array.from({ length: 16 }, (_, index) => index * 16)), /^[./0-9A-Za-z]{16}$/)

const passwords = ['x', 'password', 'ÄÖÜ 日本', 'p'.repeat(63), 'p'.repeat(64), 'p'.repeat(65), 'long '.repeat(60)]
for (const [index, password] of passwords.entries()) {
  const salt = 'salt'.repeat(4).slice(0, 1 + ((index * 5) % 16))
  const theirs = execFileSync('openssl', ['passwd', '-6', '-salt', salt, '-stdin'], { input: password })
    .toString()
    .trim()
  if (password.length <= 256) t.equal(sha512Crypt(password, salt), theirs, `${password.length} characters`)
}
