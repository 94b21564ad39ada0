import { type PublicKey, Role } from '@eims/contracts'
import { command, one } from '../command.ts'
import { confirm, yesFlag } from '../confirm.ts'
import { formatFlags, type Listing, printList } from '../listing.ts'
import { clock, fields } from '../output.ts'
import { listFlags } from '../pages.ts'
import { Refusal } from '../refusal.ts'

const units: Record<string, number> = { h: 3600_000, d: 86_400_000, w: 604_800_000 }

/** `30d`, `12h`, `4w`, or a date; "" and none at all: never. @param now ms since 1970. @throws Refusal */
function expiryOf(text: string | undefined, now: number): string | null {
  if (!text) return null
  const [, count, unit] = /^(\d{1,4})([hdw])$/.exec(text) ?? []
  const at = count && unit ? now + Number(count) * units[unit]! : Date.parse(text)
  if (Number.isNaN(at)) throw new Refusal(`--expires "${text}" is no time; write it like 30d, 12h or 2027-01-31`, 2)
  if (at <= now) throw new Refusal(`--expires "${text}" has passed already`, 2)
  return new Date(at).toISOString()
}

const add = command({
  name: 'keys add',
  summary: 'make a key for the REST interface and this tool; it is shown once',
  usage: 'NAME --role ROLE [OPTIONS]',
  words: one('name', 'whose it is; stands in the audit log'),
  options: {
    role: {
      type: 'string',
      oneOf: Role.options,
      value: 'ROLE',
      says: 'viewer (sees), operator (works with machines), admin (everything) or board (a screen on the wall)',
    },
    expires: { type: 'string', value: 'WHEN', says: 'from then on it opens nothing: 30d, 12h, 4w or a date' },
  },
  async run({ name, values, client, show }) {
    if (!values.role) throw new Refusal('say with --role what it may do: viewer, operator, admin or board', 2)
    const body = { name, role: values.role as Role, expiresAt: expiryOf(values.expires, Date.now()) }
    const made = await client('addKey', { body })
    show(
      made,
      ({ key, role, expiresAt }) =>
        `${key}\n\nThe key of ${name} (${role}${expiresAt ? `, until ${clock(expiresAt)}` : ''}). It is not shown again.\n`,
    )
  },
})

const stateOf = (key: PublicKey, now: number): string => {
  if (key.revokedAt) return 'revoked'
  if (key.expiresAt && Date.parse(key.expiresAt) <= now) return 'expired'
  return key.local ? 'local' : 'in force'
}
const tint = (state: string) => (state === 'in force' ? 'good' : state === 'local' ? null : 'dim')

const list = command({
  name: 'keys list',
  summary: 'list the keys, without their text',
  options: {
    ...listFlags({ filter: 'role = admin', orderBy: 'role, usedAt desc' }),
    ...formatFlags('name,role,expires'),
  },
  run: (call) => printList(call, 'listKeys', listingAt(Date.now())),
})

/** @param now ms since 1970 */
const listingAt = (now: number): Listing<PublicKey> => ({
  none: 'no keys\n',
  nameOf: ({ name }) => name,
  columns: [
    { name: 'name', cell: ({ name }) => name },
    { name: 'role', cell: ({ role }) => role },
    { name: 'state', cell: (key) => stateOf(key, now), tint },
    { name: 'expires', yields: 2, cell: ({ expiresAt }) => clock(expiresAt) },
    { name: 'last-used', yields: 3, cell: ({ usedAt }) => clock(usedAt) },
    { name: 'id', wide: true, cell: ({ id }) => id },
    { name: 'made', yields: 1, cell: ({ createdAt }) => clock(createdAt) },
  ],
})

const show = command({
  name: 'keys show',
  summary: 'one key, without its text',
  words: one('key', 'its name or id', 'key'),
  async run({ name, client, show }) {
    const key = await client('getKey', { params: { id: name } })
    show(key, (key, screen) =>
      fields(
        [
          ['name', key.name],
          ['id', key.id],
          ['role', key.role],
          ['state', stateOf(key, Date.now())],
          ['made', clock(key.createdAt)],
          ['expires', clock(key.expiresAt)],
          ['revoked', clock(key.revokedAt)],
          ['last used', clock(key.usedAt)],
        ],
        screen,
      ),
    )
  },
})

const revoke = command({
  name: 'keys revoke',
  summary: 'end a key at once; the last one of an administrator stays',
  words: one('key', 'its name or id', 'key'),
  options: yesFlag,
  async run({ name, values, client }) {
    await confirm(`The key of ${name} will open nothing any more.`, values)
    await client('deleteKey', { params: { id: name } })
  },
})

export const keyVerbs = [add, list, show, revoke]
