import { addressBytes, isUnicast } from './address.ts'
import { type BootFileRule, isBootFileName } from './boot-files.ts'

/** What the site decided about network boot. */
export type Settings = {
  /** our IPv4 address on the served LAN: TFTP server, option 54, siaddr */
  serverAddress: string
  /** what iPXE runs: an absolute URL */
  scriptUrl: string
  /** given when boot over HTTPS is on: what an iPXE runs that lists HTTPS and can know the CA */
  httpsScriptUrl?: string | null
  /** SHA-256 fingerprint (32 bytes) of the site's CA, which iPXE shall trust */
  trust?: Uint8Array | null
  /** with `httpsScriptUrl` only: whether who cannot use HTTPS (BIOS, old iPXE) is served without it */
  plainHttp?: 'allowed' | 'refused'
  /** folder of the boot files for UEFI HTTP boot, with `/` at its end; null: such firmware is not answered */
  httpBootUrl?: string | null
  /** the user class (option 77) that our own iPXE has been given by `autoexec.ipxe` */
  userClass: string
  /** whether an iPXE that is not ours is replaced: `auto` only when it lacks what our script's URL needs */
  chainRomIpxe: 'auto' | 'always'
  /** boot files in place of the table's; the first rule that fits */
  bootFiles?: readonly BootFileRule[]
}

const URL_MAX = 1024
const RULES_MAX = 256
const FINGERPRINT = 32
const ARCHITECTURE_MAX = 65_535
const VENDOR_CLASS_MAX = 255

/** What is wrong with the settings, naming field and remedy, or null. */
export function settingsProblem(settings: Settings): string | null {
  const { serverAddress, scriptUrl, userClass, chainRomIpxe } = settings
  const { httpsScriptUrl = null, httpBootUrl = null, trust = null, plainHttp = 'allowed', bootFiles = [] } = settings
  try {
    addressBytes(serverAddress)
  } catch (error) {
    return `serverAddress: ${(error as Error).message}`
  }
  if (!isUnicast(serverAddress)) return `serverAddress: ${serverAddress} is no address of one host`
  const example = `${serverAddress}/boot.ipxe`
  const urls =
    urlProblem('scriptUrl', scriptUrl, /^[a-z]+:/, `http://${example}`) ??
    (httpsScriptUrl === null ? null : urlProblem('httpsScriptUrl', httpsScriptUrl, /^https:/, `https://${example}`)) ??
    (httpBootUrl === null ? null : urlProblem('httpBootUrl', httpBootUrl, /^https?:.*\/$/, `http://${example}/`))
  if (urls) return urls
  if (!/^[\x21-\x7e]{1,32}$/.test(userClass)) {
    return `userClass: ${JSON.stringify(userClass)} is not 1 to 32 printable characters without spaces`
  }
  if (chainRomIpxe !== 'auto' && chainRomIpxe !== 'always') {
    return `chainRomIpxe: ${JSON.stringify(chainRomIpxe)} is neither auto nor always`
  }
  if (plainHttp !== 'allowed' && plainHttp !== 'refused') {
    return `plainHttp: ${JSON.stringify(plainHttp)} is neither allowed nor refused`
  }
  if (trust !== null && trust.length !== FINGERPRINT) {
    return `trust: has ${trust.length} bytes; a SHA-256 fingerprint has ${FINGERPRINT}`
  }
  if (bootFiles.length > RULES_MAX) return `bootFiles: has ${bootFiles.length} rules; keep it to ${RULES_MAX}`
  for (const [at, rule] of bootFiles.entries()) {
    const wrong = ruleProblem(rule)
    if (wrong) return `bootFiles[${at}].${wrong}`
  }
  return null
}

function urlProblem(field: string, url: string, form: RegExp, example: string): string | null {
  if (!form.test(url) || !/^[a-z]+:\/\/[\x21-\x7e]+$/.test(url)) {
    return `${field}: ${JSON.stringify(url)} is no absolute URL; write it like ${example}`
  }
  return url.length > URL_MAX ? `${field}: has ${url.length} characters; shorten it to ${URL_MAX}` : null
}

function ruleProblem({ architecture = 0, vendorClass = '*', file }: BootFileRule): string | null {
  if (!Number.isInteger(architecture) || architecture < 0 || architecture > ARCHITECTURE_MAX) {
    return `architecture: ${architecture} is no number of option 93`
  }
  if (vendorClass.length === 0 || vendorClass.length > VENDOR_CLASS_MAX) {
    return `vendorClass: has ${vendorClass.length} characters, not 1 to ${VENDOR_CLASS_MAX}`
  }
  if (isBootFileName(file)) return null
  return `file: ${JSON.stringify(file)} is no plain file name (at most 64 letters, digits, dots, hyphens and underscores)`
}
