import { addressBytes, isUnicast } from './address.ts'

/** What the site decided about network boot. */
export type Settings = {
  /** our IPv4 address on the served LAN: TFTP server, option 54, siaddr */
  serverAddress: string
  /** what iPXE runs: an absolute URL */
  scriptUrl: string
  /** the user class (option 77) that our own iPXE has been given by `autoexec.ipxe` */
  userClass: string
  /** whether an iPXE that is not ours is replaced: `auto` only when it says that it has no HTTP */
  chainRomIpxe: 'auto' | 'always'
  /** file names instead of the default binaries, by number in option 93 */
  binaryFor?: Readonly<Record<number, string>>
}

/** PXE ROMs know no path separator but `/`, and some cut a name at a space. */
const FILE_NAME = /^[A-Za-z0-9._-]{1,100}$/
const URL_MAX = 1024

/** What is wrong with the settings, naming field and remedy, or null. */
export function settingsProblem(settings: Settings): string | null {
  const { serverAddress, scriptUrl, userClass, chainRomIpxe, binaryFor = {} } = settings
  try {
    addressBytes(serverAddress)
  } catch (error) {
    return `serverAddress: ${(error as Error).message}`
  }
  if (!isUnicast(serverAddress)) return `serverAddress: ${serverAddress} is no address of one host`
  if (!/^[a-z]+:\/\/[\x21-\x7e]+$/.test(scriptUrl)) {
    return `scriptUrl: ${JSON.stringify(scriptUrl)} is no absolute URL; write it like http://${serverAddress}/boot.ipxe`
  }
  if (scriptUrl.length > URL_MAX) return `scriptUrl: has ${scriptUrl.length} characters; shorten it to ${URL_MAX}`
  if (!/^[\x21-\x7e]{1,32}$/.test(userClass)) {
    return `userClass: ${JSON.stringify(userClass)} is not 1 to 32 printable characters without spaces`
  }
  if (chainRomIpxe !== 'auto' && chainRomIpxe !== 'always') {
    return `chainRomIpxe: ${JSON.stringify(chainRomIpxe)} is neither auto nor always`
  }
  for (const [code, name] of Object.entries(binaryFor)) {
    if (!/^\d{1,5}$/.test(code) || Number(code) > 65535) return `binaryFor: ${code} is no number of option 93`
    if (!FILE_NAME.test(name) || name === '.' || name === '..') {
      return `binaryFor[${code}]: ${JSON.stringify(name)} is no plain file name (letters, digits, dot, hyphen, underscore)`
    }
  }
  return null
}
