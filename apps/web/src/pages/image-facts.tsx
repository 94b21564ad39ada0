import { bootedLoader, bytes, efiLoader, type Image, type ImageFacts, imageKind, knownK3s } from '@eims/contracts'
import { Card, Facts } from '../shown/card.tsx'
import { useCount } from '../shown/figures.ts'
import { useSpeaking, useSpoken } from '../shown/language.tsx'
import { Why } from '../shown/reason.tsx'
import { Clock } from '../shown/time.tsx'
import { imageWords } from '../words/images.ts'
import { secureBootWords } from '../words/secure-boot.ts'
import { sentenceOf } from '../words/sentence.ts'
import { Signers } from './secure-boot.tsx'

const loaderOf = ({ facts, architecture }: Pick<Image, 'facts' | 'architecture'>) =>
  facts?.esp ? efiLoader(facts.esp.loaders, architecture) : null
/** With Secure Boot firmware starts what Microsoft signed: of Linux that is the shim. */
const shimOf = ({ esp }: ImageFacts) => esp?.loaders?.find((path) => /\\shim\w*\.efi$/i.test(path))

const isSigned = ({ architecture }: Pick<Image, 'architecture'>, facts: ImageFacts): boolean =>
  facts.esp?.signed
    ? Boolean(bootedLoader(facts, architecture)?.signatures.some(({ whole }) => whole))
    : shimOf(facts) !== undefined

/** How far an image is, and why it is no further. */
export function ImageState({ image: { name, state, progress, reason } }: { image: Image }) {
  const words = useSpoken(imageWords)
  if (state === 'failed' && reason)
    return (
      <>
        <span className="lamp bad">{words.states.failed}</span>
        <Why reason={reason} />
      </>
    )
  if (state === 'converting') {
    const percent = Math.floor(progress * 100)
    return (
      <span className="conversion">
        <span className="lamp busy">{words.converted(percent)}</span>
        <progress value={progress} aria-label={words.converting(name)} />
      </span>
    )
  }
  return <span className={state === 'ready' ? 'lamp good' : 'lamp bad'}>{words.states[state]}</span>
}

/** PURE: what an image is and can boot, in a few words each. */
export function traitsOf(image: Image, kinds: Readonly<Record<'archive' | 'addons', string>>): string[] {
  const { facts, architecture } = image
  if (!facts) return []
  const kind = imageKind(image)
  if (kind !== 'disk') return [kinds[kind]]
  const k3s = knownK3s(image)
  return [
    ...(loaderOf(image) === null ? [] : ['UEFI']),
    ...(facts.bios.code && architecture === 'x86_64' ? ['BIOS'] : []),
    ...(isSigned(image, facts) ? ['Secure Boot'] : []),
    ...(facts.iso ? ['ISO'] : []),
    ...(facts.sectorSize === 4096 ? ['4Kn'] : []),
    ...(k3s.has === 'yes' ? [k3s.version === null ? 'K3s' : `K3s ${k3s.version}`] : []),
  ]
}

export function Traits({ image }: { image: Image }) {
  const { kinds } = useSpoken(imageWords)
  return (
    <ul className="traits">
      {traitsOf(image, kinds).map((trait) => (
        <li key={trait}>{trait}</li>
      ))}
    </ul>
  )
}

/** What was found in an image, in the order in which a machine meets it. */
export function BootFacts({ image }: { image: Image }) {
  const words = useSpoken(imageWords)
  const said = useSpoken(secureBootWords)
  const { facts } = image
  if (!facts || imageKind(image) !== 'disk') return null
  const { table, sectorSize, esp, bios, hasSeedPartition, freeEntries, usedEnd } = facts
  const loader = loaderOf(image)
  const uefi = !esp ? words.noEsp : esp.loaders === null ? words.espUnread : (loader ?? words.noLoader)
  return (
    <Card title={words.boot}>
      <Facts
        of={[
          [words.uefi, loader !== null && esp?.loaders ? <span className="mono">{uefi}</span> : uefi],
          [
            esp?.signed ? said.loaders : words.secureBoot,
            esp?.signed?.length ? (
              <Signers key="signers" esp={esp} />
            ) : esp?.loaders ? (
              shimOf(facts) ? (
                words.shim
              ) : (
                words.noShim
              )
            ) : null,
          ],
          [words.bios, bios.code ? words.hasBios : words.noBios],
          [words.table, `${words.tables[table]}, ${words.sectors(sectorSize)}${facts.iso ? `, ${words.iso}` : ''}`],
          [words.usedEnd, bytes(usedEnd)],
          [words.seed, hasSeedPartition ? words.seedOwn : words.seedFree(freeEntries)],
        ]}
      />
    </Card>
  )
}

/** Where it comes from, and how large it is. */
export function FileFacts({ image }: { image: Image }) {
  const words = useSpoken(imageWords)
  const count = useCount()
  const { format, architecture, rawSize, storedSize, frameCount, sourceSha256, rawSha256, sourceUrl, facts } = image
  const digest = (text: string | null) => text && <span className="mono">{text}</span>
  return (
    <Card title={words.file}>
      <Facts
        of={[
          [words.kind, facts ? words.kinds[imageKind(image)] : null],
          [words.format, format],
          [words.architecture, architecture],
          [words.size, bytes(rawSize)],
          [words.toSend, storedSize === null ? null : `${bytes(storedSize)}, ${words.frames(count(frameCount ?? 0))}`],
          [words.sourceUrl, sourceUrl],
          [words.fileDigest, digest(sourceSha256)],
          [words.rawDigest, digest(rawSha256)],
          [words.added, <Clock key="added" at={image.createdAt} />],
        ]}
      />
    </Card>
  )
}

/** The K3s that it brings, as was found or as somebody said. */
export function K3sFacts({ image }: { image: Image }) {
  const words = useSpoken(imageWords)
  if (image.state !== 'ready' || imageKind(image) !== 'disk') return null
  const { has, version } = knownK3s(image)
  const text = has === 'yes' ? words.k3sYes(version) : has === 'no' ? words.k3sNone : words.k3sUnknown
  const k3s = image.facts?.k3s
  return (
    <Card title={words.k3s}>
      <Facts
        of={[
          [words.k3sVersion, image.k3sVersion === null ? text : `${text} (${words.k3sSaid})`],
          [words.k3sInstall, has === 'yes' && k3s ? (k3s.installScript ? words.k3sScript : words.k3sNoScript) : null],
          [words.k3sArchives, k3s && k3s.archives.length > 0 ? k3s.archives.join(', ') : null],
        ]}
      />
    </Card>
  )
}

/** Machines that it is not for, and what is wrong with its partition table. */
export function ImageWarnings({ of }: { of: Image['warnings'] }) {
  const words = useSpoken(imageWords)
  const { language } = useSpeaking()
  if (of.length === 0) return null
  return (
    <Card title={words.worthKnowing}>
      <ul className="warnings">
        {of.map((reason) => (
          <li key={reason.text}>{sentenceOf(reason, language)}</li>
        ))}
      </ul>
    </Card>
  )
}
