import { hash } from 'node:crypto'
import { Name, NodeName, Serial } from '@eims/contracts'
import { z } from 'zod'
import { Unreadable } from './bytes.ts'
import { RESERVED } from './layout.ts'

const MAGIC = 'eims customization'
/** magic 32 | length 8 | digest 32 | zeros up to here, then the JSON */
const TEXT_AT = 128

/** A config-file has at most so many characters (packages/edge-config); each may take three bytes. */
const Config = z.string().max(1024 * 1024)

/** One machine of the list. */
const Unit = z.strictObject({
  serial: Serial,
  name: NodeName,
  /** of the medium; null: its first one */
  profile: Name.nullable(),
  /** key of `configs`; null: `config` */
  config: z.string().max(255).nullable(),
})
export type Unit = z.infer<typeof Unit>

export const Customization = z.strictObject({
  format: z.literal(1),
  /** the config-file of machines that the list gives none; null: none */
  config: Config.nullable(),
  /** those that the list names, by their names in it */
  configs: z.record(z.string().max(255), Config),
  /** empty: every machine is installed, with a name made of what it is */
  units: z.array(Unit).max(10_000),
})
export type Customization = z.infer<typeof Customization>

export const PRISTINE: Customization = { format: 1, config: null, configs: {}, units: [] }

/**
 * PURE: the whole reserved area.
 * @throws RangeError when it does not fit
 */
export function encodeCustomization(customization: Customization): Buffer {
  const text = Buffer.from(JSON.stringify(Customization.parse(customization)))
  const room = RESERVED.length - TEXT_AT
  if (text.length > room)
    throw new RangeError(`the config-files and the list have ${text.length} bytes, and the medium has room for ${room}`)
  const area = Buffer.alloc(RESERVED.length)
  area.write(MAGIC, 0, 'latin1')
  area.writeBigUInt64LE(BigInt(text.length), 32)
  area.write(hash('sha256', text), 40, 'hex')
  text.copy(area, TEXT_AT)
  return area
}

/**
 * PURE: what a reserved area says, and its digest; of a pristine one, nothing and null.
 * @throws Unreadable when it is damaged, as a cut in the middle of `customize` leaves it
 */
export function decodeCustomization(area: Buffer): { customization: Customization; digest: string | null } {
  if (area.equals(Buffer.alloc(area.length))) return { customization: PRISTINE, digest: null }
  const damaged = new Unreadable('its customization is damaged: customize it again, or reset it')
  const length = Number(area.readBigUInt64LE(32))
  if (area.toString('latin1', 0, MAGIC.length) !== MAGIC || length > area.length - TEXT_AT) throw damaged
  const text = area.subarray(TEXT_AT, TEXT_AT + length)
  const digest = hash('sha256', text)
  if (area.toString('hex', 40, 72) !== digest) throw damaged
  // behind the text there is nothing: a byte there would be neither read nor covered by a digest
  if (!area.subarray(TEXT_AT + length).equals(Buffer.alloc(area.length - TEXT_AT - length))) throw damaged
  let json: unknown
  try {
    json = JSON.parse(text.toString('utf8'))
  } catch {
    throw damaged
  }
  const parsed = Customization.safeParse(json)
  if (parsed.success) return { customization: parsed.data, digest }
  const [issue] = parsed.error.issues
  throw new Unreadable(`its customization cannot be read: ${issue?.path.join('.')} ${issue?.message}`)
}
