import { imageKind, namesWorkflow, ProblemError, type ProfileWorkflow, type PublicProfile } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { addresses, addressOfProfile } from '../addresses.ts'
import { reading, readTagged, server, type Tagged, unchangedSince } from '../server/client.ts'
import { PushButton } from '../shown/button.tsx'
import { faultsOf, OnOff } from '../shown/fields.tsx'
import { useCount } from '../shown/figures.ts'
import { useSpoken, useWords } from '../shown/language.tsx'
import { Notice, Read, wrongOf } from '../shown/states.tsx'
import { tell } from '../shown/told.tsx'
import { profileWords } from '../words/profiles.ts'
import { hashOf } from './password-hash.ts'
import { makeDefault, renewProfiles } from './profile-actions.tsx'
import { bodyOf, type Choosable, canGoBack, formOf, inputOf, type ProfileForm } from './profile-fields.ts'
import { MainFields, MoreFields } from './profile-groups.tsx'
import { useMachinesOf } from './profile-machines.tsx'

/** Images of a site that a profile can choose of; there are some dozens at most. */
const MOST = 1000

interface EditorParts {
  /** what is changed; null: another one is made */
  was: Tagged<PublicProfile> | null
  /** how the form begins */
  start: ProfileForm
  /** the profile whose own steps may be kept */
  ownStepsOf?: PublicProfile
}

/** A profile's form: five fields, and the rest behind More. */
export function ProfileEditor(parts: EditorParts) {
  const words = useSpoken(profileWords)
  const images = useQuery({
    queryKey: [...reading.images, 'choice'],
    queryFn: async () =>
      (await server('listImages', { query: { pageSize: MOST, orderBy: 'name' } })).items.filter(
        (image) => imageKind(image) !== 'addons' && image.format !== 'addons',
      ),
  })
  return (
    <Read of={images} rows={8}>
      {(all) =>
        all.length === 0 ? (
          <Notice title={words.noImage} help={words.noImageHelp}>
            <Link href={addresses.images}>{words.toImages}</Link>
          </Notice>
        ) : (
          <Editor {...parts} images={all} />
        )
      }
    </Read>
  )
}

function Editor({ was: first, start, ownStepsOf, images }: EditorParts & { images: readonly Choosable[] }) {
  const words = useSpoken(profileWords)
  const shared = useWords()
  const [, navigate] = useLocation()
  const [base, setBase] = useState({ was: first, start })
  const [typed, setTyped] = useState<Partial<ProfileForm>>({})
  const [isDefault, setDefault] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [wrong, setWrong] = useState<unknown>(null)
  const { was } = base
  const form: ProfileForm = { ...base.start, ...typed }
  const faults = faultsOf(wrong)
  const isStale = wrong instanceof ProblemError && wrong.code === 'precondition-failed'

  const readAnew = async () => {
    const now = await readTagged('getProfile', { params: { id: was!.value.id } })
    setBase({ was: now, start: formOf(now.value) })
    setWrong(null)
    tell(words.readAnewDone)
  }
  const save = async () => {
    setBusy(true)
    try {
      const passwordHash = form.password === '' ? null : await hashOf(form.password)
      const body = bodyOf(form, {
        architecture: images.find(({ name }) => name === form.image)?.architecture ?? 'x86_64',
        passwordHash,
        ownSteps: ownStepsIn(was?.value ?? ownStepsOf),
      })
      const stored = was ? await replace(was, body) : await readTagged('addProfile', { body })
      const { name } = stored.value
      const back = was && canGoBack(was.value, body) ? was.value : null
      const undo = () => replace(stored, inputOf(back!)).then(renewProfiles)
      tell(was ? words.saved(name) : words.made(name), back ? { undo } : {})
      // The profile is stored; that the site does not take it as its default is told by itself.
      if (isDefault)
        await makeDefault(name, words.isDefaultNow(name)).catch((error: unknown) =>
          tell(wrongOf(error, shared), { tone: 'bad' }),
        )
      await renewProfiles()
      navigate(addressOfProfile(name))
    } catch (error) {
      setBusy(false)
      setWrong(error)
    }
  }
  return (
    <form
      className="form profile-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isBusy) void save()
      }}
    >
      <MainFields
        form={form}
        faults={faults}
        images={images}
        password={was ? 'kept' : base.start.userName === '' ? 'new' : 'copied'}
        onChange={(to) => setTyped((all) => ({ ...all, ...to }))}
      />
      {was === null ? (
        <OnOff label={words.asDefault} help={words.asDefaultHelp} isSelected={isDefault} onChange={setDefault} />
      ) : null}
      <MoreFields
        form={form}
        faults={faults}
        ownSteps={ownStepsIn(was?.value ?? ownStepsOf)}
        onChange={(to) => setTyped((all) => ({ ...all, ...to }))}
      />
      <footer className="form-end">
        {was ? <WhatChanges of={was.value} /> : null}
        {wrong === null ? null : (
          <p className="wrong" role="alert">
            {isStale ? words.changedMeanwhile : wrongOf(wrong, shared)}
          </p>
        )}
        <div className="actions">
          {isStale ? <PushButton onPress={() => void readAnew().catch(setWrong)}>{words.readAnew}</PushButton> : null}
          <PushButton type="submit" tone="main" isDisabled={isBusy || isStale || form.image === ''}>
            {was ? shared.save : words.create}
          </PushButton>
          <Link href={was ? addressOfProfile(was.value.name) : addresses.profiles} className="button plain">
            {shared.cancel}
          </Link>
        </div>
      </footer>
    </form>
  )
}

/** Puts another one in the place of a profile, unless somebody changed it since it was read. */
const replace = ({ value, tag: etag }: Tagged<PublicProfile>, body: ReturnType<typeof bodyOf>) =>
  readTagged('putProfile', { params: { id: value.id }, body }, unchangedSince(etag))

const ownStepsIn = (profile: PublicProfile | undefined): ProfileWorkflow | null => {
  const workflow = profile?.workflow ?? null
  return namesWorkflow(workflow) ? null : workflow
}

/** Whom a change concerns, and from when on. */
function WhatChanges({ of }: { of: PublicProfile }) {
  const words = useSpoken(profileWords)
  const count = useCount()
  const machines = useMachinesOf(of)
  return machines === undefined ? null : <p className="dim">{words.whatChanges(count(machines))}</p>
}
