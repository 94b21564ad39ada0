import { includesRole, type PublicProfile } from '@eims/contracts'
import { Link, useSearch } from 'wouter'
import { addressOfImage, addressOfNewProfile, addressOfProfile } from '../addresses.ts'
import { reading } from '../server/client.ts'
import { useList } from '../server/list.ts'
import { useRole } from '../server/session.ts'
import { useCount } from '../shown/figures.ts'
import { useSpoken } from '../shown/language.tsx'
import { type Column, Rows } from '../shown/rows.tsx'
import { Notice, Read } from '../shown/states.tsx'
import { profileWords } from '../words/profiles.ts'
import { MachinesOf } from './profile-machines.tsx'
import { NewProfile } from './profile-new.tsx'
import '../style/contents.css'
import '../style/profiles.css'

/** Every profile; or, as the address says, the form for another one. */
export function ProfilesPage() {
  const search = new URLSearchParams(useSearch())
  const mayAdd = includesRole(useRole(), 'admin')
  if (search.has('new') && mayAdd)
    return <NewProfile key={search.toString()} copy={search.get('copy')} image={search.get('image')} />
  return <ProfileList mayAdd={mayAdd} />
}

function ProfileList({ mayAdd }: { mayAdd: boolean }) {
  const words = useSpoken(profileWords)
  const count = useCount()
  const { read, total, more } = useList('listProfiles', reading.profiles, { orderBy: 'name' })
  const columns: Column<PublicProfile>[] = [
    {
      name: 'name',
      label: words.columns.name,
      cell: (profile) => (
        <>
          <span className="named">
            <Link href={addressOfProfile(profile.name)}>{profile.name}</Link>
            {profile.isDefault ? <span className="badge">{words.default}</span> : null}
          </span>
          {profile.description ? <span className="note">{profile.description}</span> : null}
        </>
      ),
    },
    {
      name: 'image',
      label: words.columns.image,
      cell: ({ image, architecture }) => (
        <>
          <Link href={addressOfImage(image)}>{image}</Link>
          <span className="note">{architecture}</span>
        </>
      ),
    },
    {
      name: 'type',
      label: words.columns.type,
      cell: ({ type, version }) => (
        <>
          {words.types[type]}
          {version ? <span className="note">{version}</span> : null}
        </>
      ),
    },
    {
      name: 'finish',
      label: words.columns.finish,
      cell: ({ finish, standalone }) => (
        <>
          {words.finishes[finish]}
          {standalone ? <span className="note">{words.standalone}</span> : null}
        </>
      ),
    },
    { name: 'account', label: words.columns.account, cell: ({ account }) => account?.userName ?? null },
    {
      name: 'nodes',
      label: words.columns.nodes,
      isNumber: true,
      cell: (profile) => <MachinesOf profile={profile} />,
    },
  ]
  return (
    <div className="page profiles">
      <header className="toolbar">
        <h1>{words.title}</h1>
        <span className="total dim small">{read.data ? words.profiles(count(total)) : null}</span>
        {mayAdd ? (
          <Link href={addressOfNewProfile()} className="button main">
            {words.make}
          </Link>
        ) : null}
      </header>
      <Read of={read} rows={8}>
        {(profiles) =>
          profiles.length === 0 ? (
            <Notice title={words.none} help={words.noneHelp} />
          ) : (
            <Rows label={words.title} of={profiles} columns={columns} more={more} />
          )
        }
      </Read>
    </div>
  )
}
