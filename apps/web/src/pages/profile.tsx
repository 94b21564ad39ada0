import { bytes, includesRole, namesWorkflow, ProblemError, type PublicProfile } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Link, useParams, useSearch } from 'wouter'
import { addresses, addressOfImage } from '../addresses.ts'
import { reading, readTagged, server } from '../server/client.ts'
import { useRole } from '../server/session.ts'
import { Card, Facts } from '../shown/card.tsx'
import { useSpeaking, useSpoken, useWords } from '../shown/language.tsx'
import { Notice, Read } from '../shown/states.tsx'
import { stretch } from '../shown/stretch.ts'
import { Ago } from '../shown/time.tsx'
import { profileWords } from '../words/profiles.ts'
import { sentenceOf } from '../words/sentence.ts'
import { ProfileActions } from './profile-actions.tsx'
import { formOf } from './profile-fields.ts'
import { ProfileEditor } from './profile-form.tsx'
import { MachinesOf } from './profile-machines.tsx'
import '../style/contents.css'
import '../style/profiles.css'

/** One profile: what units of it get; or, as the address says, the form that changes it. */
export function ProfilePage() {
  const words = useSpoken(profileWords)
  const { name } = useParams<{ name: string }>()
  const isEditing = new URLSearchParams(useSearch()).has('edit')
  const isAdmin = includesRole(useRole(), 'admin')
  const profile = useQuery({
    queryKey: [...reading.profiles, 'one', name],
    queryFn: () => readTagged('getProfile', { params: { id: name } }),
  })
  useEffect(() => {
    document.title = `${name} · eims`
  }, [name])
  if (profile.error instanceof ProblemError && profile.error.code === 'not-found')
    return (
      <div className="page">
        <h1 className="hidden">{words.title}</h1>
        <Notice title={words.missing} help={words.missingHelp}>
          <Link href={addresses.profiles}>{words.back}</Link>
        </Notice>
      </div>
    )
  return (
    <div className="page profile">
      <header className="headed">
        <Link href={addresses.profiles} className="small">
          {words.back}
        </Link>
        <div className="toolbar">
          <h1>{name}</h1>
          {profile.data?.value.isDefault ? <span className="badge">{words.default}</span> : null}
          {profile.data && isAdmin && !isEditing ? <ProfileActions of={profile.data} /> : null}
        </div>
      </header>
      <Read of={profile} rows={10}>
        {(tagged) =>
          isEditing && isAdmin ? (
            <ProfileEditor was={tagged} start={formOf(tagged.value)} ownStepsOf={tagged.value} />
          ) : (
            <Shown profile={tagged.value} />
          )
        }
      </Read>
    </div>
  )
}

function Shown({ profile }: { profile: PublicProfile }) {
  const words = useSpoken(profileWords)
  const shared = useWords()
  const { account, config, cloudConfig, networkConfig, workflow, source, metadata } = profile
  return (
    <>
      {profile.description ? <p className="dim">{profile.description}</p> : null}
      <div className="two">
        <div className="stack">
          <Warnings of={profile} />
          <Card title={words.groups.what}>
            <Facts
              of={[
                [
                  words.fields.image,
                  <Link key="image" href={addressOfImage(profile.image)}>
                    {profile.image}
                  </Link>,
                ],
                [words.architecture, profile.architecture],
                [words.fields.type, words.types[profile.type]],
                [words.fields.version, profile.version],
                [
                  words.fields.securityFeature,
                  profile.securityFeature === 'none' ? null : words.demands[profile.securityFeature],
                ],
                [words.machines, <MachinesOf key="machines" profile={profile} />],
                [words.changed, <Ago key="changed" at={profile.updatedAt} />],
              ]}
            />
          </Card>
          <Card title={words.groups.account}>
            {account ? (
              <Facts
                of={[
                  [words.fields.userName, account.userName],
                  [
                    words.fields.sshKeys,
                    account.sshKeys.length === 0 ? shared.none : <Keys key="keys" of={account.sshKeys} />,
                  ],
                ]}
              />
            ) : (
              <p className="dim">{words.noAccount}</p>
            )}
          </Card>
          <Text title={words.fields.config} of={config} />
          <Text title={words.fields.cloudConfig} of={cloudConfig} />
          <Text title={words.fields.networkConfig} of={networkConfig} />
        </div>
        <div className="stack">
          <Card title={words.groups.disk}>
            <Facts
              of={[
                [words.disk, <Disk key="disk" profile={profile} />],
                [words.fields.overwrite, profile.overwrite ? shared.yes : shared.no],
                [words.fields.growRoot, profile.growRoot ? shared.yes : shared.no],
              ]}
            />
          </Card>
          <Card title={words.groups.finish}>
            <Facts
              of={[
                [words.fields.finish, words.finishes[profile.finish]],
                [words.fields.bootOrder, words.bootOrders[profile.bootOrder ?? 'site']],
                [words.fields.standalone, profile.standalone ? shared.yes : shared.no],
                [words.fields.onboarding, profile.standalone ? words.onboardings[profile.onboarding] : null],
                [words.reports, stretch(profile.phoneHomeTimeout)],
              ]}
            />
          </Card>
          <Card title={words.groups.more}>
            <Facts
              of={[
                [words.network, networkConfig ? words.ownNetwork : words.dhcp],
                [words.fields.addons, profile.addons.join(', ')],
                [
                  words.fields.workflow,
                  workflow === null
                    ? words.builtIn
                    : namesWorkflow(workflow)
                      ? workflow.workflow
                      : words.ownSteps(workflow.length),
                ],
                [words.fields.kernelArgs, profile.kernelArgs && <span className="mono">{profile.kernelArgs}</span>],
                [words.fields.imageUrl, source?.imageUrl],
                ...Object.entries(metadata),
              ]}
            />
          </Card>
        </div>
      </div>
    </>
  )
}

const Keys = ({ of }: { of: readonly string[] }) => (
  <span className="lines">
    {of.map((key) => {
      const [kind = '', , comment = ''] = key.split(/\s+/, 3)
      return (
        <span key={key} title={key}>
          {comment || kind} <span className="dim small">{comment ? kind : key.slice(-12)}</span>
        </span>
      )
    })}
  </span>
)

/** Which disk it goes to, in words. */
function Disk({ profile: { disk } }: { profile: PublicProfile }) {
  const words = useSpoken(profileWords)
  if (!disk) return <>{words.onlyDisk}</>
  const { match, prefer, minSize, maxSize, rotation } = disk
  return (
    <>
      {[
        match,
        rotation && words.rotations[rotation],
        prefer && words.prefers[prefer],
        minSize && words.atLeast(bytes(minSize)),
        maxSize && words.atMost(bytes(maxSize)),
      ]
        .filter(Boolean)
        .join(', ')}
    </>
  )
}

function Text({ title, of }: { title: string; of: string | undefined }) {
  if (!of) return null
  return (
    <Card title={title}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and whoever has only keys must be able to */}
      <pre className="document" tabIndex={0}>
        {of}
      </pre>
    </Card>
  )
}

/** What the profile says in vain, and machines that its image is not for. */
function Warnings({ of: { warnings = [], image: name } }: { of: PublicProfile }) {
  const words = useSpoken(profileWords)
  const { language } = useSpeaking()
  const image = useQuery({
    queryKey: [...reading.images, 'of-profile', name],
    queryFn: () => server('getImage', { params: { id: name } }),
  })
  const { state, reason, warnings: ofImage = [] } = image.data ?? {}
  const all = [
    ...(state === 'failed' ? [words.imageFailed] : []),
    ...(state === 'converting' ? [words.imageConverting] : []),
    ...(reason ? [sentenceOf(reason, language)] : []),
    ...warnings,
    ...ofImage.map((each) => sentenceOf(each, language)),
  ]
  if (all.length === 0) return null
  return (
    <Card title={words.worthKnowing}>
      <ul className="warnings">
        {all.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </Card>
  )
}
