import { imageKind, includesRole, ProblemError } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Link, useParams } from 'wouter'
import { addresses, addressOfNewProfile, addressOfProfile } from '../addresses.ts'
import { reading, readTagged, server } from '../server/client.ts'
import { useRole } from '../server/session.ts'
import { Card } from '../shown/card.tsx'
import { useSpoken, useWords } from '../shown/language.tsx'
import { Notice, Read } from '../shown/states.tsx'
import { imageWords } from '../words/images.ts'
import { CancelConversion, DeleteImage, SayK3s } from './image-actions.tsx'
import { BootFacts, FileFacts, ImageState, ImageWarnings, K3sFacts, Traits } from './image-facts.tsx'
import { useProgress } from './images.tsx'
import '../style/contents.css'
import '../style/images.css'

/** One image: what is in it, what has it, and what can be done with it. */
export function ImagePage() {
  const words = useSpoken(imageWords)
  const { name } = useParams<{ name: string }>()
  const image = useQuery({
    queryKey: [...reading.images, 'one', name],
    queryFn: () => readTagged('getImage', { params: { id: name } }),
  })
  const profiles = useQuery({
    queryKey: [...reading.profiles, 'of', name],
    queryFn: () => server('listProfiles', { query: { filter: `image = ${JSON.stringify(name)}`, orderBy: 'name' } }),
  })
  const used = profiles.data?.items.map((each) => each.name) ?? []
  useProgress(image.data?.value.state === 'converting')
  useEffect(() => {
    document.title = `${name} · eims`
  }, [name])
  if (image.error instanceof ProblemError && image.error.code === 'not-found')
    return (
      <div className="page">
        <h1 className="hidden">{words.title}</h1>
        <Notice title={words.missing} help={words.missingHelp}>
          <Link href={addresses.images}>{words.back}</Link>
        </Notice>
      </div>
    )
  return (
    <div className="page image">
      <header className="headed">
        <Link href={addresses.images} className="small">
          {words.back}
        </Link>
        <div className="toolbar">
          <h1>{name}</h1>
          {image.data ? <Traits image={image.data.value} /> : null}
          {image.data ? <Actions of={image.data} used={used} /> : null}
        </div>
        {image.data ? <ImageState image={image.data.value} /> : null}
        {image.data?.value.state === 'failed' ? <p className="dim small">{words.addAgain}</p> : null}
      </header>
      <Read of={image} rows={10}>
        {({ value }) => (
          <div className="two">
            <div className="stack">
              <ImageWarnings of={value.warnings} />
              <BootFacts image={value} />
              <K3sFacts image={value} />
            </div>
            <div className="stack">
              <Card title={words.usedBy}>
                {used.length === 0 ? (
                  <p className="dim">{words.usedByNone}</p>
                ) : (
                  <ul className="lines">
                    {used.map((profile) => (
                      <li key={profile}>
                        <Link href={addressOfProfile(profile)}>{profile}</Link>
                      </li>
                    ))}
                  </ul>
                )}
              </Card>
              <FileFacts image={value} />
            </div>
          </div>
        )}
      </Read>
    </div>
  )
}

function Actions({ of, used }: Parameters<typeof DeleteImage>[0]) {
  const words = useSpoken(imageWords)
  const shared = useWords()
  const isAdmin = includesRole(useRole(), 'admin')
  const { value: image } = of
  const isDisk = imageKind(image) === 'disk'
  if (!isAdmin) return null
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in
    <div className="actions" role="group" aria-label={shared.actions}>
      {image.state === 'ready' && imageKind(image) !== 'addons' ? (
        <Link href={addressOfNewProfile({ image: image.name })} className="button plain">
          {words.makeProfile}
        </Link>
      ) : null}
      {image.state === 'ready' && isDisk ? <SayK3s of={of} /> : null}
      {image.state === 'converting' ? <CancelConversion image={image} /> : null}
      <DeleteImage of={of} used={used} />
    </div>
  )
}
