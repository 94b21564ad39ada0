import { type Inventory, type SignedLoader, type SigningCa, secureBootOf } from '@eims/contracts'

const states: Record<ReturnType<typeof secureBootOf>, string> = {
  on: 'on',
  off: 'off',
  setup: 'off: setup mode, no keys are enrolled',
  none: 'none',
}

/** A CA in one word where it is Microsoft's, else by its own name. */
const caName = ({ ca }: { ca: SigningCa }, name: string): string =>
  ca === 'other' ? name || 'a CA without a name' : ca

/** PURE: what of Secure Boot a machine has, as rows of `nodes show`; none of a BIOS and of agents of earlier versions. */
export function secureBootRows(inventory: Inventory | null): [string, string][] {
  if (!inventory || inventory.firmware === 'bios') return []
  const { secureBootKeys: keys, lockdown } = inventory
  const trusted = keys?.trusted
  const digests = trusted?.digests.length ? [`${trusted.digests.length} programs by digest`] : []
  const names = trusted ? [...trusted.certificates.map((each) => caName(each, each.name)), ...digests] : []
  return [
    ['Secure Boot', states[secureBootOf(inventory)]],
    ...(keys
      ? [['trusts', trusted ? names.join(', ') || 'nobody' : 'could not be read as a whole'] as [string, string]]
      : []),
    ...(keys && keys.revoked !== null ? [['revoked', `${keys.revoked} entries`] as [string, string]] : []),
    ...(lockdown ? [['kernel lockdown', lockdown] as [string, string]] : []),
  ]
}

/** PURE: who signed a boot loader. */
export function signersText({ signatures, fault }: SignedLoader): string {
  if (fault === 'not-pe') return 'no program for UEFI'
  if (fault === 'not-read') return 'could not be looked into'
  if (signatures.length === 0) return 'not signed'
  return signatures.map((each) => `${caName(each, each.issuer)}${each.whole ? '' : ' (changed since)'}`).join(', ')
}
