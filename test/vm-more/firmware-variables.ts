/*
 * The flash in which OVMF keeps its variables, written as its setup would: EDK2's authenticated variable store
 * (MdeModulePkg/Include/Guid/VariableFormat.h) behind a firmware volume's header, and boot options of UEFI 2.10
 * section 3.1.3. Numbers are little-endian.
 */

/** 8be4df61-93ca-11d2-aa0d-00e098032b8c */
const GLOBAL = Buffer.from('61dfe48bca93d211aa0d00e098032b8c', 'hex')
/** aaf32c78-947b-439a-a180-2e144ec37792 */
const AUTHENTICATED_STORE = Buffer.from('782cf3aa7b949a43a1802e144ec37792', 'hex')
const VOLUME_HEADER_LENGTH_AT = 48
const STORE_HEADER = 28
const VARIABLE_HEADER = 60
/** kept over power cycles; seen by boot services and by the OS */
const ATTRIBUTES = 7
const [START, WHOLE] = [0x55aa, 0x3f]
const BLANK = 0xffff

/**
 * A fresh machine's variables, with one boot option that a person typed: a URL, before what the firmware finds by itself.
 * Throws for a store that is of another kind or in use.
 */
export function withBootUrl(fresh: Buffer, url: string): Buffer {
  const store = fresh.readUInt16LE(VOLUME_HEADER_LENGTH_AT)
  const first = store + STORE_HEADER
  if (!fresh.subarray(store, store + AUTHENTICATED_STORE.length).equals(AUTHENTICATED_STORE))
    throw new Error('no authenticated variable store')
  if (fresh.readUInt16LE(first) !== BLANK) throw new Error('the variable store is in use')
  const flash = Buffer.from(fresh)
  Buffer.concat([variable('Boot0000', bootOption('eims', uriPath(url))), variable('BootOrder', u16(0))]).copy(
    flash,
    first,
  )
  return flash
}

function variable(name: string, data: Buffer): Buffer {
  const text = utf16(name)
  const header = Buffer.alloc(VARIABLE_HEADER)
  header.writeUInt16LE(START, 0)
  header.writeUInt8(WHOLE, 2)
  header.writeUInt32LE(ATTRIBUTES, 4)
  header.writeUInt32LE(text.length, 36)
  header.writeUInt32LE(data.length, 40)
  GLOBAL.copy(header, 44)
  const whole = Buffer.concat([header, text, data])
  return Buffer.concat([whole, Buffer.alloc(-whole.length & 3, 0xff)])
}

function bootOption(description: string, path: Buffer): Buffer {
  const active = Buffer.from([1, 0, 0, 0])
  return Buffer.concat([active, u16(path.length), utf16(description), path])
}

/** The short form (UEFI 2.10 section 3.1.2): the firmware puts each NIC before it in turn. */
function uriPath(url: string): Buffer {
  const [messaging, uri] = [3, 24]
  const end = Buffer.from([0x7f, 0xff, 4, 0])
  return Buffer.concat([Buffer.from([messaging, uri]), u16(4 + url.length), Buffer.from(url, 'latin1'), end])
}

const utf16 = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf16le')

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}
