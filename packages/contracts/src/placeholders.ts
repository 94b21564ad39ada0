/**
 * What firmware says when nobody filled it in. Collected from DMI dumps in bug reports; compared after
 * `plain()`: lower case, only letters and digits, those of any script.
 */
const serialWords = new Set([
  'tobefilledbyoem',
  'tobefilled',
  'filledbyoem',
  'fillbyoem',
  'defaultstring',
  'default',
  'string',
  'emptystring',
  'empty',
  'systemserialnumber',
  'systemserial',
  'serialnumber',
  'serial',
  'serialno',
  'chassisserialnumber',
  'baseboardserialnumber',
  'boardserialnumber',
  'type2boardserialnumber',
  'systemproductname',
  'systemmanufacturer',
  'systemversion',
  'productname',
  'notspecified',
  'notapplicable',
  'notavailable',
  'notpresent',
  'notset',
  'notsettable',
  'noneprovided',
  'noserial',
  'noserialnumber',
  'none',
  'null',
  'nil',
  'na',
  'nan',
  'tbd',
  'oem',
  'oemserialnumber',
  'unknown',
  'unspecified',
  'undefined',
  'invalid',
  'reserved',
  'sernum',
  'sernum0',
  'ssn12345678901234567',
  'bsn12345678901234567',
  'mb1234567890',
  'asset1234567890',
  'abcdefg',
  'abcdefghijk',
  '0x00000000',
  'eval',
  'test',
  'standard',
  'chassis',
  'system',
])

const uuidWords = new Set([
  // AMI's reference code, in both byte orders
  '03000200-0400-0500-0006-000700080009',
  '00020003-0004-0005-0006-000700080009',
  '01234567-89ab-cdef-0123-456789abcdef',
  '12345678-1234-5678-90ab-cddeefaabbcc',
  '12345678-1234-1234-1234-123456789abc',
  'fefefefe-fefe-fefe-fefe-fefefefefefe',
  // Dell's form with an empty service tag
  '4c4c4544-0000-2010-8020-80c04f202020',
])

const macWords = new Set([
  // Realtek's and ASIX's examples, burnt into cheap boards and dongles by the thousand
  '00:e0:4c:68:00:01',
  '00:e0:4c:68:00:02',
  '00:e0:4c:00:00:01',
  '00:0e:c6:87:72:01',
  '00:01:02:03:04:05',
  '00:11:22:33:44:55',
  '01:02:03:04:05:06',
  '12:34:56:78:9a:bc',
])

const plain = (text: string) =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
const oneCharacter = (text: string) => /^(.)\1*$/u.test(text)
/** 12345, 0123456789, 123456789012…: five or more digits that only count up. */
const countsUp = (text: string) => text.length >= 5 && '0123456789'.repeat(4).includes(text)

/** Whether a serial number is one that identifies nothing. */
export function isPlaceholderSerial(serial: string): boolean {
  const text = plain(serial)
  return text === '' || oneCharacter(text) || countsUp(text) || serialWords.has(text)
}

/** Whether a UUID (lower case, with hyphens) is one that identifies nothing. */
export function isPlaceholderUuid(uuid: string): boolean {
  return oneCharacter(plain(uuid)) || uuidWords.has(uuid)
}

/** Whether a MAC (lower case, with colons) is a group address or one that many devices share. */
export function isPlaceholderMac(mac: string): boolean {
  const isGroup = (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1
  return isGroup || oneCharacter(plain(mac)) || /^(..)(:\1){5}$/.test(mac) || macWords.has(mac)
}

/** Whether a manufacturer is none. */
export function isPlaceholderManufacturer(manufacturer: string): boolean {
  return isPlaceholderSerial(manufacturer)
}
