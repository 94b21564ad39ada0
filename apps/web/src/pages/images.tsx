import { bytes, type Image, includesRole, type PublicProfile } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Link } from 'wouter'
import { addressOfImage, addressOfProfile } from '../addresses.ts'
import { reading, readings, server } from '../server/client.ts'
import { useList } from '../server/list.ts'
import { useRole } from '../server/session.ts'
import { useSpoken } from '../shown/language.tsx'
import { type Column, Rows } from '../shown/rows.tsx'
import { Notice, Read } from '../shown/states.tsx'
import { Ago } from '../shown/time.tsx'
import { imageWords } from '../words/images.ts'
import { Prune } from './image-actions.tsx'
import { ImageState, Traits } from './image-facts.tsx'
import { AddImages } from './images-add.tsx'
import { useUploads } from './images-sending.tsx'
import '../style/contents.css'
import '../style/images.css'

/** Milliseconds after which images under conversion are read anew: progress makes no events. */
const PROGRESS_EVERY = 1500
/** Profiles whose images are told in the list; a site has some dozens at most. */
const MOST_PROFILES = 1000

/** The disk of the server on which images are kept; undefined while that is not known. */
export function useImageDisk() {
  const overview = useQuery({ queryKey: reading.overview, queryFn: () => server('overview', {}) })
  const disks = overview.data?.server.disks
  return disks?.find(({ disk }) => disk === 'images') ?? disks?.[0]
}

/** Every image, what is on its way, and how another one is added. */
export function ImagesPage() {
  const words = useSpoken(imageWords)
  const isAdmin = includesRole(useRole(), 'admin')
  const disk = useImageDisk()
  const { read, total, more } = useList('listImages', reading.images, { orderBy: 'createdAt desc' })
  useProgress(read.data?.some(({ state }) => state === 'converting') ?? false)
  const profilesOf = useProfilesByImage()
  const uploads = useUploads()
  const columns: Column<Image>[] = [
    {
      name: 'name',
      label: words.columns.name,
      cell: ({ name, architecture, format }) => (
        <>
          <Link href={addressOfImage(name)}>{name}</Link>
          <span className="note">
            {architecture} · {format}
          </span>
        </>
      ),
    },
    { name: 'state', label: words.columns.state, cell: (image) => <ImageState image={image} /> },
    { name: 'boots', label: words.columns.boots, cell: (image) => <Traits image={image} /> },
    {
      name: 'profiles',
      label: words.columns.profiles,
      cell: ({ name }) => (
        <span className="lines">
          {(profilesOf.get(name) ?? []).map((profile) => (
            <Link key={profile.id} href={addressOfProfile(profile.name)}>
              {profile.name}
            </Link>
          ))}
        </span>
      ),
    },
    {
      name: 'size',
      label: words.columns.size,
      isNumber: true,
      cell: ({ rawSize, storedSize }) =>
        rawSize === null ? null : (
          <>
            {bytes(rawSize)}
            {storedSize === null ? null : <span className="note">{words.stored(bytes(storedSize))}</span>}
          </>
        ),
    },
    { name: 'added', label: words.columns.added, cell: ({ createdAt }) => <Ago at={createdAt} /> },
  ]
  return (
    <div className="page images">
      <header className="toolbar">
        <h1>{words.title}</h1>
        <span className="total dim small">
          {read.data && disk ? words.sums(words.images(total), words.free(bytes(disk.free), bytes(disk.size))) : null}
        </span>
        {isAdmin ? <Prune /> : null}
      </header>
      <AddImages isAdmin={isAdmin} uploads={uploads} free={disk?.free ?? null} />
      <Read of={read} rows={8}>
        {(images) =>
          images.length === 0 ? (
            <Notice title={words.none} help={isAdmin ? words.noneHelp : `${words.noneHelp} ${words.noneHelpLook}`} />
          ) : (
            <Rows label={words.title} of={images} columns={columns} more={more} />
          )
        }
      </Read>
    </div>
  )
}

/** Reads images anew for as long as one of them is under conversion. */
export function useProgress(isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return
    const timer = setInterval(() => void readings.invalidateQueries({ queryKey: reading.images }), PROGRESS_EVERY)
    return () => clearInterval(timer)
  }, [isOn])
}

/** The profiles that have an image, by its name; empty while that is not known. */
function useProfilesByImage(): ReadonlyMap<string, readonly PublicProfile[]> {
  const profiles = useQuery({
    queryKey: [...reading.profiles, 'images'],
    queryFn: () => server('listProfiles', { query: { pageSize: MOST_PROFILES, orderBy: 'name' } }),
  })
  return Map.groupBy(profiles.data?.items ?? [], ({ image }) => image)
}
