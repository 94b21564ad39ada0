import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { addresses } from '../addresses.ts'
import { reading, server } from '../server/client.ts'
import { useSpoken } from '../shown/language.tsx'
import { Read } from '../shown/states.tsx'
import { profileWords } from '../words/profiles.ts'
import { formOf } from './profile-fields.ts'
import { ProfileEditor } from './profile-form.tsx'

/**
 * The form for another profile.
 * @param copy name of the one that it begins as @param image name of the image that it begins with
 */
export function NewProfile({ copy, image }: { copy: string | null; image: string | null }) {
  const words = useSpoken(profileWords)
  const copied = useQuery({
    queryKey: [...reading.profiles, 'copy', copy],
    queryFn: () => server('getProfile', { params: { id: copy! } }),
    enabled: copy !== null,
    gcTime: 0,
  })
  return (
    <div className="page profile">
      <header className="headed">
        <Link href={addresses.profiles} className="small">
          {words.back}
        </Link>
        <h1>{copy === null ? words.makeTitle : words.copyTitle(copy)}</h1>
      </header>
      {copy === null ? (
        <ProfileEditor was={null} start={formOf(image === null ? {} : { image })} />
      ) : (
        <Read of={copied} rows={10}>
          {(profile) => <ProfileEditor was={null} start={{ ...formOf(profile), name: '' }} ownStepsOf={profile} />}
        </Read>
      )}
    </div>
  )
}
