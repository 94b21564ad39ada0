import type { SecureBoot, SecureBootModel, Site } from '@eims/contracts'
import { bootArchitecture, matchesGlob } from '@eims/dhcp-proxy'

/**
 * iPXE's own shim, which Microsoft signed and which starts the iPXE that iPXE's project signed, and nothing else. No package
 * has the two: an operator's folder of boot files may. That shim looks for the name that is left without `-shimx64`.
 */
const IPXE_SHIMS = [
  { shim: 'snponly-shimx64.efi', ipxe: 'snponly.efi' },
  { shim: 'ipxe-shimx64.efi', ipxe: 'ipxe.efi' },
] as const

/** Debian's shim, which starts GRUB beside it; from iPXE's `shim` command it lends its trust in Debian's kernel. */
export const DEBIAN_SHIM = { x86_64: 'shimx64.efi', arm64: 'shimaa64.efi' } as const

/** Whether it is Debian's shim, behind which no iPXE follows. @param shim of `shimFor` */
export const startsGrub = (shim: string): boolean => Object.values<string>(DEBIAN_SHIM).includes(shim)

/** Whether a boot file is of a chain that Secure Boot lets through: Debian's shim and the GRUB behind it, or iPXE's shim. */
export const isOfSignedChain = (name: string): boolean =>
  /^((shim|grub)(x64|aa64)|(snponly|ipxe)-shimx64)\.efi$/.test(name)

/** What shim and GRUB ask for and do without: their lists of what is revoked, certificates beside shim, lists of modules. */
export const isOptional = (name: string): boolean =>
  /^(revocations_\w+\.efi|shim_certificate_\d+\.efi|grub\/.*\.lst)$/.test(name)

/** PURE: iPXE's shim out of a folder of boot files, where its iPXE is there as well; null: the folder has not both. */
export const ipxeShimIn = (has: (name: string) => boolean): string | null =>
  IPXE_SHIMS.find(({ shim, ipxe }) => has(shim) && has(ipxe))?.shim ?? null

/**
 * PURE: what firmware with Secure Boot is to start, by the first number in option 93 that something is signed for; null:
 * for none of them. iPXE's own chain goes before Debian's where an operator has it, which is for x86_64: on arm64 its iPXE
 * has the same name.
 * @param ipxeShim of the operator's folder
 */
export function shimFor(archs: readonly number[], ipxeShim: string | null): string | null {
  const built = archs
    .map(bootArchitecture)
    .find((row) => row?.firmware.startsWith('uefi') && row.architecture in DEBIAN_SHIM)
  if (!built) return null
  const architecture = built.architecture as keyof typeof DEBIAN_SHIM
  return architecture === 'x86_64' && ipxeShim !== null ? ipxeShim : DEBIAN_SHIM[architecture]
}

interface KnownMachine {
  secureBoot: SecureBoot | null
  manufacturer: string | null
  product: string | null
}

/** PURE: whether a machine gets the signed chain: by its node's word, else its model's, else the site's. */
export function signedChainOf(
  node: KnownMachine | null,
  site: Pick<Site, 'secureBoot' | 'secureBootModels'>,
): SecureBoot {
  return node?.secureBoot ?? (node && modelOf(node, site.secureBootModels))?.secureBoot ?? site.secureBoot
}

/** PURE: the first line about a machine's model; undefined: none is, or nobody knows what it is. */
export const modelOf = (
  { manufacturer, product }: Pick<KnownMachine, 'manufacturer' | 'product'>,
  models: readonly SecureBootModel[],
): SecureBootModel | undefined =>
  models.find(
    (model) =>
      fits(model.product, product) && (model.manufacturer === undefined || fits(model.manufacturer, manufacturer)),
  )

const fits = (glob: string, text: string | null) =>
  text !== null && matchesGlob(glob.toLowerCase(), text.trim().toLowerCase())
