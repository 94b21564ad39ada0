import type { Reason } from './reason.ts'
import type { SecureBootKeys, SignedLoader } from './secure-boot.ts'

/** A machine, as far as it decides what is started. */
export interface Enforcing {
  secureBoot: boolean | null
  secureBootKeys?: SecureBootKeys | null | undefined
}

const shownNames = (names: readonly string[]) => [...new Set(names)].slice(0, 64)

/**
 * PURE: why firmware that enforces Secure Boot would not start this loader; null: nothing is known to speak against it.
 * Revocations are not looked at.
 * @param loader undefined: nobody looked who signed it
 */
export function whyLoaderRefused(
  loader: SignedLoader | undefined,
  { secureBoot, secureBootKeys }: Enforcing,
): Extract<Reason, { code: `loader-${string}` }> | null {
  if (secureBoot !== true || !loader || loader.fault === 'not-read') return null
  const { path, digest, signatures } = loader
  const trusted = secureBootKeys?.trusted
  if (digest !== null && trusted?.digests.includes(digest)) return null
  if (signatures.length === 0) return { code: 'loader-not-signed', slots: { loader: path } }
  const whole = signatures.filter((each) => each.whole)
  if (whole.length === 0) return { code: 'loader-changed', slots: { loader: path } }
  if (!trusted) return null
  const names = new Set(trusted.certificates.map(({ name }) => name))
  if (whole.some((each) => each.names.some((name) => names.has(name)))) return null
  return {
    code: 'loader-not-trusted',
    slots: { loader: path, signers: shownNames(whole.map(({ issuer }) => issuer)), trusted: shownNames([...names]) },
  }
}

/** PURE: what keeps some machines that enforce Secure Boot from starting this loader, whatever they trust. */
export function loaderWarning(loader: SignedLoader | undefined): Reason | null {
  if (!loader || loader.fault !== null) return null
  const { path, signatures } = loader
  if (signatures.length === 0) return { code: 'loader-not-signed', slots: { loader: path } }
  const whole = signatures.filter((each) => each.whole)
  if (whole.length === 0) return { code: 'loader-changed', slots: { loader: path } }
  return whole.every(({ ca }) => ca === 'microsoft-uefi-ca-2011')
    ? { code: 'loader-signed-2011-only', slots: { loader: path } }
    : null
}

/** PURE: what of Secure Boot a machine has; `setup`: keys could be enrolled, and none are. */
export const secureBootOf = ({ secureBoot, secureBootKeys }: Enforcing): 'on' | 'off' | 'setup' | 'none' =>
  secureBoot === null ? 'none' : secureBoot ? 'on' : secureBootKeys?.setupMode ? 'setup' : 'off'
