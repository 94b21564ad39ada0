import { bytes, type Image, ProblemError } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { addresses, addressOfProfile } from '../addresses.ts'
import { reading, readings, readTagged, server, type Tagged, unchangedSince } from '../server/client.ts'
import { Ask } from '../shown/dialog.tsx'
import { Field } from '../shown/fields.tsx'
import { useSpoken, useWords } from '../shown/language.tsx'
import { Read } from '../shown/states.tsx'
import { tell } from '../shown/told.tsx'
import { imageWords } from '../words/images.ts'

const renew = () => readings.invalidateQueries({ queryKey: reading.images })

/** Of a change that somebody else came before: it is read anew, and said so. */
async function orMeanwhile(change: Promise<unknown>, text: string): Promise<void> {
  try {
    await change
  } catch (error) {
    if (!(error instanceof ProblemError && error.code === 'precondition-failed')) throw error
    tell(text, { tone: 'bad' })
  }
  await renew()
}

/** @param used names of the profiles that have it */
export function DeleteImage({ of: { value, tag: etag }, used }: { of: Tagged<Image>; used: readonly string[] }) {
  const words = useSpoken(imageWords)
  const shared = useWords()
  const [, navigate] = useLocation()
  const { name, id } = value
  const remove = async () => {
    const freed = await server('deleteImage', { params: { id } }, unchangedSince(etag))
    tell(words.deleted(name, bytes(freed.bytes)))
    navigate(addresses.images)
  }
  return (
    <Ask
      label={shared.remove}
      tone="hurts"
      title={words.deleteTitle(name)}
      {...(used.length === 0 ? { help: words.deleteHelp } : {})}
      isReady={used.length === 0}
      onDo={() => orMeanwhile(remove(), words.changedMeanwhile)}
    >
      {used.length === 0 ? null : (
        <>
          <p>{words.deleteUsed(used.length)}</p>
          <ul className="lines">
            {used.map((profile) => (
              <li key={profile}>
                <Link href={addressOfProfile(profile)}>{profile}</Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </Ask>
  )
}

export function CancelConversion({ image: { id, name } }: { image: Image }) {
  const words = useSpoken(imageWords)
  return (
    <Ask
      label={words.cancel}
      title={words.cancelTitle(name)}
      help={words.cancelHelp}
      onDo={async () => {
        await server('cancelImage', { params: { id } })
        await renew()
      }}
    />
  )
}

/** Says which K3s is in it, where that could not be found. */
export function SayK3s({ of: { value, tag: etag } }: { of: Tagged<Image> }) {
  const words = useSpoken(imageWords)
  const { id, name, k3sVersion: was } = value
  const [typed, setTyped] = useState<string | null>(null)
  const version = typed ?? was ?? ''
  const say = (k3sVersion: string | null, tag: string) =>
    readTagged('patchImage', { params: { id }, body: { k3sVersion } }, unchangedSince(tag))
  const change = async () => {
    const changed = await say(version.trim() || null, etag)
    setTyped(null)
    tell(words.k3sChanged(name), { undo: () => say(was, changed.tag).then(renew) })
  }
  return (
    <Ask
      label={words.sayK3s}
      title={words.sayK3s}
      help={words.sayK3sHelp}
      onDo={() => orMeanwhile(change(), words.changedMeanwhile)}
    >
      {(faults) => (
        <Field
          label={words.k3sVersion}
          value={version}
          onChange={setTyped}
          help={words.k3sVersionHelp}
          wrong={faults.k3sVersion}
          isCode
          autoFocus
          maxLength={64}
        />
      )}
    </Ask>
  )
}

/** Removes what nothing needs, and tells before how much that is. */
export function Prune() {
  const words = useSpoken(imageWords)
  return (
    <Ask
      label={words.prune}
      title={words.pruneTitle}
      help={words.pruneHelp}
      onDo={async () => {
        const pruned = await server('pruneImages', { body: {} })
        tell(words.pruned(bytes(pruned.bytes)))
        await renew()
      }}
    >
      <WouldFree />
    </Ask>
  )
}

function WouldFree() {
  const words = useSpoken(imageWords)
  const pruned = useQuery({
    queryKey: [...reading.images, 'prune'],
    queryFn: () => server('pruneImages', { body: { dryRun: true } }),
    staleTime: 0,
    gcTime: 0,
    retry: false,
  })
  return (
    <Read of={pruned} rows={1}>
      {({ images, pieces, bytes: size }) =>
        images.length === 0 && pieces === 0 ? (
          <p>{words.pruneNothing}</p>
        ) : (
          <>
            <p>{words.pruneFrees(bytes(size), pieces)}</p>
            {images.length > 0 ? <p>{words.pruneImages(images.join(', '))}</p> : null}
          </>
        )
      }
    </Read>
  )
}
