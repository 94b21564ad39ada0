import { ProblemError, type PublicProfile } from '@eims/contracts'
import { Link, useLocation } from 'wouter'
import { addresses, addressOfNewProfile, addressOfProfile } from '../addresses.ts'
import { reading, readings, readTagged, server, type Tagged, unchangedSince } from '../server/client.ts'
import { Ask } from '../shown/dialog.tsx'
import { useSpoken, useWords } from '../shown/language.tsx'
import { tell } from '../shown/told.tsx'
import { profileWords } from '../words/profiles.ts'
import { canComeBack, inputOf } from './profile-fields.ts'
import { useMachinesOf } from './profile-machines.tsx'

/** Reads profiles, and what depends on which one is the default, anew. */
export async function renewProfiles(): Promise<void> {
  void readings.invalidateQueries({ queryKey: reading.nodes })
  void readings.invalidateQueries({ queryKey: reading.site })
  await readings.invalidateQueries({ queryKey: reading.profiles })
}

/** Makes a profile the site's default, and tells how that is taken back. */
export async function makeDefault(name: string, text: string): Promise<void> {
  const { value: site } = await readTagged('getSite', {})
  const set = (defaultProfile: string | null) => server('patchSite', { body: { defaultProfile } })
  await set(name)
  tell(text, { undo: () => set(site.defaultProfile).then(renewProfiles) })
  await renewProfiles()
}

/** What can be done with a profile by who may. */
export function ProfileActions({ of }: { of: Tagged<PublicProfile> }) {
  const words = useSpoken(profileWords)
  const shared = useWords()
  const { name, isDefault } = of.value
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in
    <div className="actions" role="group" aria-label={shared.actions}>
      <Link href={`${addressOfProfile(name)}?edit`} className="button main">
        {shared.edit}
      </Link>
      <Link href={addressOfNewProfile({ copy: name })} className="button plain">
        {words.copy}
      </Link>
      {isDefault ? null : (
        <Ask
          label={words.makeDefault}
          title={words.makeDefaultTitle(name)}
          help={words.makeDefaultHelp}
          onDo={() => makeDefault(name, words.isDefaultNow(name))}
        />
      )}
      <Delete of={of} />
    </div>
  )
}

function Delete({ of: { value: profile, tag: etag } }: { of: Tagged<PublicProfile> }) {
  const words = useSpoken(profileWords)
  const shared = useWords()
  const [, navigate] = useLocation()
  const { id, name, isDefault } = profile
  // Its own ones: those that have it as the site's default are told of below.
  const machines = useMachinesOf({ name, isDefault: false }) ?? 0
  const isUsed = isDefault || machines > 0
  const comesBack = canComeBack(profile)
  const remove = async () => {
    try {
      await server('deleteProfile', { params: { id } }, unchangedSince(etag))
    } catch (error) {
      if (!(error instanceof ProblemError && error.code === 'precondition-failed')) throw error
      tell(words.changedMeanwhile, { tone: 'bad' })
      return renewProfiles()
    }
    const undo = () => server('addProfile', { body: inputOf(profile) }).then(renewProfiles)
    tell(words.deleted(name), comesBack ? { undo } : {})
    navigate(addresses.profiles)
    await renewProfiles()
  }
  return (
    <Ask
      label={shared.remove}
      tone="hurts"
      title={words.deleteTitle(name)}
      help={
        isDefault
          ? words.deleteDefault
          : machines > 0
            ? words.deleteUsed(machines)
            : comesBack
              ? words.deleteHelp
              : words.deleteForGood
      }
      isReady={!isUsed}
      onDo={remove}
    />
  )
}
