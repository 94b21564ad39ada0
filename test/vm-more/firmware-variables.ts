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

/** a5c059a1-94e4-4aa7-87b5-ab155c2bf072: EFI_CERT_X509_GUID */
const X509 = Buffer.from('a159c0a5e494a74a87b5ab155c2bf072', 'hex')
/** d719b2cb-3d3a-4596-a3bc-dad00e67656f: of what Secure Boot trusts */
const SECURITY = Buffer.from('cbb219d73a3d9645a3bcdad00e67656f', 'hex')
/** 77fa9abd-0359-4d32-bd60-28f4e78f784b: Microsoft */
const OWNER = Buffer.from('bd9afa775903324dbd6028f4e78f784b', 'hex')

/**
 * The variables of a machine with keys, whose `db` trusts other certificates and nobody else: flash is what the firmware
 * believes. Throws for a store without a `db`.
 * @param certificates DER
 */
export function withTrusted(keyed: Buffer, certificates: readonly Buffer[]): Buffer {
  const store = keyed.readUInt16LE(VOLUME_HEADER_LENGTH_AT)
  const first = store + STORE_HEADER
  const end = store + keyed.readUInt32LE(store + 16)
  const parts: Buffer[] = []
  let replaced = false
  for (let at = first; at + VARIABLE_HEADER <= end && keyed.readUInt16LE(at) === START; ) {
    const [nameSize, dataSize] = [keyed.readUInt32LE(at + 36), keyed.readUInt32LE(at + 40)]
    const length = VARIABLE_HEADER + nameSize + dataSize
    const whole = keyed.subarray(at, at + length)
    const name = whole.toString('utf16le', VARIABLE_HEADER, VARIABLE_HEADER + nameSize - 2)
    if (name === 'db' && whole[2] === WHOLE && whole.subarray(44, 60).equals(SECURITY)) {
      const data = Buffer.concat(certificates.map(signatureList))
      const header = Buffer.from(whole.subarray(0, VARIABLE_HEADER + nameSize))
      header.writeUInt32LE(data.length, 40)
      parts.push(padded(Buffer.concat([header, data])))
      replaced = true
    } else parts.push(padded(whole))
    at += length + (-length & 3)
  }
  if (!replaced) throw new Error('the variable store has no db')
  const flash = Buffer.from(keyed)
  flash.fill(0xff, first, end)
  Buffer.concat(parts).copy(flash, first)
  return flash
}

/** EFI_SIGNATURE_LIST (UEFI 2.10 section 32.4.1) of one. */
function signatureList(certificate: Buffer): Buffer {
  const sizes = Buffer.alloc(12)
  sizes.writeUInt32LE(28 + 16 + certificate.length, 0)
  sizes.writeUInt32LE(16 + certificate.length, 8)
  return Buffer.concat([X509, sizes, OWNER, certificate])
}

const padded = (whole: Buffer): Buffer => Buffer.concat([whole, Buffer.alloc(-whole.length & 3, 0xff)])

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
  return padded(Buffer.concat([header, text, data]))
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
