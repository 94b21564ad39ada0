import t from 'tap'
import { LocalAccount } from '../src/index.ts'

const ed25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK9HRBXFQpdNk9syvjRYeAxhOFEOjB1z664j8zxHpGZA me@here'

const fault = (value: unknown) => LocalAccount.safeParse(value).error?.issues[0]?.message ?? null

await t.test('a name that the OS itself uses is refused: nobody could log in', async (t) => {
  t.equal(fault({ userName: 'edge' }), null)
  for (const userName of ['operator', 'root', 'www-data', 'sudo', 'systemd-network'])
    t.match(fault({ userName }), /brings along; choose another/)
  for (const userName of ['Edge', 'a b', '', '-x', 'x'.repeat(33)]) t.match(fault({ userName }), /Linux user name/)
})

await t.test('a password comes only as a crypt hash, a key only as an OpenSSH line', async (t) => {
  t.match(fault({ userName: 'edge', passwordHash: 'secret' }), /never the password itself/)
  t.equal(fault({ userName: 'edge', passwordHash: '$6$salt$hash' }), null)
  t.match(fault({ userName: 'edge', sshKeys: ['-----BEGIN OPENSSH PRIVATE KEY-----'] }), /not an OpenSSH public key/)
  t.equal(fault({ userName: 'edge', sshKeys: [ed25519] }), null)
})
