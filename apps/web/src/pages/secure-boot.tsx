import { type ImageFacts, type Inventory, type SignedLoader, type SigningCa, secureBootOf } from '@eims/contracts'
import type { ReactNode } from 'react'
import { useCount } from '../shown/figures.ts'
import { useSpoken } from '../shown/language.tsx'
import { secureBootWords } from '../words/secure-boot.ts'

type Words = ReturnType<typeof useSpoken<(typeof secureBootWords)['en']>>

const caName = (words: Words, ca: SigningCa, name: string): string =>
  ca === 'other' ? name || words.nameless : words.cas[ca]

/** Rows of a machine's facts: what its firmware starts, and how far its kernel is locked down. */
export function useSecureBootRows(inventory: Inventory): (readonly [string, ReactNode])[] {
  const words = useSpoken(secureBootWords)
  const count = useCount()
  if (inventory.firmware === 'bios') return []
  const { secureBootKeys: keys, lockdown } = inventory
  const trusted = keys?.trusted
  const names = trusted?.certificates.map(({ ca, name }) => caName(words, ca, name)) ?? []
  if (trusted?.digests.length) names.push(words.byDigest(count(trusted.digests.length)))
  return [
    [words.title, words.states[secureBootOf(inventory)]],
    [words.trusts, keys ? trusted ? names.length > 0 ? <Lines of={names} /> : words.nobody : words.unread : null],
    [words.revoked, typeof keys?.revoked === 'number' ? words.entries(count(keys.revoked)) : null],
    [words.lockdown, lockdown ? words.lockdowns[lockdown] : null],
  ]
}

const Lines = ({ of }: { of: readonly string[] }) => (
  <span className="lines">
    {of.map((each) => (
      <span key={each}>{each}</span>
    ))}
  </span>
)

function signersOf(words: Words, { signatures, fault }: SignedLoader): string {
  if (fault) return words.faults[fault]
  if (signatures.length === 0) return words.notSigned
  return signatures
    .map(({ ca, issuer, whole }) => {
      const name = caName(words, ca, issuer)
      return whole ? name : words.changed(name)
    })
    .join(', ')
}

/** Every boot loader of an image with who signed it; nothing of an image that an earlier version made. */
export function Signers({ esp }: Pick<ImageFacts, 'esp'>) {
  const words = useSpoken(secureBootWords)
  return (
    <span className="lines">
      {esp?.signed?.map((loader) => (
        <span key={loader.path}>
          <span className="mono">{loader.path}</span>
          <span className="note">{signersOf(words, loader)}</span>
        </span>
      ))}
    </span>
  )
}
