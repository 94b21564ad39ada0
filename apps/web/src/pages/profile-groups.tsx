import type { ProfileWorkflow } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Checkbox, CheckboxGroup, Label } from 'react-aria-components'
import { reading, server } from '../server/client.ts'
import { Choice } from '../shown/choice.tsx'
import { Field, OnOff } from '../shown/fields.tsx'
import { useSpoken } from '../shown/language.tsx'
import { profileWords } from '../words/profiles.ts'
import { type Choosable, faultAt, OWN_STEPS, type ProfileForm } from './profile-fields.ts'

interface GroupParts {
  form: ProfileForm
  /** what the server found wrong, by the field's path in the body */
  faults: Readonly<Record<string, string>>
  onChange: (to: Partial<ProfileForm>) => void
}

/** Fields that hold text. */
type TextName = { [K in keyof ProfileForm]: ProfileForm[K] extends string ? K : never }[keyof ProfileForm] &
  keyof ReturnType<typeof useFieldWords>

const useFieldWords = () => useSpoken(profileWords).fields

/** Where the server has the fields of the form; those that are not here are at their own names. */
const paths: Partial<Record<keyof ProfileForm, string>> = {
  userName: 'account.userName',
  sshKeys: 'account.sshKeys',
  password: 'account.passwordHash',
  match: 'disk.match',
  prefer: 'disk.prefer',
  minSize: 'disk.minSize',
  maxSize: 'disk.maxSize',
  rotation: 'disk.rotation',
  params: 'workflow.params',
  provider: 'source.provider',
  imageUrl: 'source.imageUrl',
  imageSha256: 'source.imageSha256',
  packageManifestUrl: 'source.packageManifestUrl',
  existingCvesUrl: 'source.existingCvesUrl',
  fixedCvesUrl: 'source.fixedCvesUrl',
  platformBundle: 'source.platformBundle',
  tlsCaCertificate: 'source.tlsCaCertificate',
}

const faultOf = (faults: GroupParts['faults'], name: keyof ProfileForm) => faultAt(faults, paths[name] ?? name)

/** A field of the form that is typed. */
function Typed({
  of: { form, faults, onChange },
  name,
  ...more
}: { of: GroupParts; name: TextName } & Partial<Omit<Parameters<typeof Field>[0], 'value' | 'onChange' | 'label'>>) {
  const words = useSpoken(profileWords)
  const help = (words.help as Partial<Record<TextName, string>>)[name]
  return (
    <Field
      label={words.fields[name]}
      value={form[name]}
      onChange={(value) => onChange({ [name]: value })}
      wrong={faultOf(faults, name)}
      {...(help === undefined ? {} : { help })}
      {...more}
    />
  )
}

/** A field of the form that is one of several. */
function Chosen<K extends TextName>({
  of: { form, faults, onChange },
  name,
  options,
}: {
  of: GroupParts
  name: K
  options: readonly (readonly [string, string])[]
}) {
  const words = useFieldWords()
  const wrong = faultOf(faults, name)
  // A list has no key that is empty.
  const keyed = options.map(([key, text]) => [`=${key}`, text] as const)
  return (
    <div className="field">
      <Choice
        label={words[name]}
        options={keyed}
        value={`=${form[name]}`}
        onChange={(key) => onChange({ [name]: key.slice(1) } as Partial<ProfileForm>)}
      />
      {wrong ? <span className="wrong small">{wrong}</span> : null}
    </div>
  )
}

/** What everybody fills in. @param password what the profile's own password does when none is typed */
export function MainFields({
  images,
  password,
  ...of
}: GroupParts & { images: readonly Choosable[]; password: 'new' | 'kept' | 'copied' }) {
  const words = useSpoken(profileWords)
  const { help, imageStates } = words
  const known = images.some(({ name }) => name === of.form.image)
  return (
    <>
      <div className="form pairs">
        <Typed of={of} name="name" isRequired autoFocus maxLength={63} />
        <Chosen
          of={of}
          name="image"
          options={[
            ...(known ? [] : [[of.form.image, of.form.image || words.chooseImage] as const]),
            ...images.map(
              ({ name, architecture, state }) => [name, `${name} (${architecture}${imageStates[state]})`] as const,
            ),
          ]}
        />
      </div>
      <div className="form pairs">
        <Typed of={of} name="userName" isCode maxLength={32} />
        <Typed
          of={of}
          name="password"
          type="password"
          maxLength={128}
          help={password === 'kept' ? help.passwordKept : password === 'copied' ? help.passwordCopied : help.password}
        />
      </div>
      <Typed of={of} name="sshKeys" lines={3} isCode />
    </>
  )
}

/** A group of fields that opens; by itself when something in it is wrong. */
function Group({ title, of: { faults }, has, children }: GroupGroupParts) {
  const [isOpen, open] = useState(false)
  const isWrong = has.some((name) => faultOf(faults, name) !== undefined)
  return (
    <details open={isOpen || isWrong} onToggle={({ currentTarget }) => open(currentTarget.open)}>
      <summary>{title}</summary>
      <div className="form">{children}</div>
    </details>
  )
}

interface GroupGroupParts {
  title: string
  of: GroupParts
  /** the fields in it */
  has: readonly (keyof ProfileForm)[]
  children: ReactNode
}

/** What few need, in groups that are closed at first. */
export function MoreFields({ ownSteps, ...of }: GroupParts & { ownSteps: ProfileWorkflow | null }) {
  const words = useSpoken(profileWords)
  const { groups, fields, help } = words
  const { form, onChange } = of
  return (
    <section className="more" aria-label={words.moreFields}>
      <Group
        title={groups.disk}
        of={of}
        has={['match', 'prefer', 'minSize', 'maxSize', 'rotation', 'overwrite', 'growRoot']}
      >
        <Typed of={of} name="match" isCode maxLength={200} />
        <div className="form pairs">
          <Chosen of={of} name="prefer" options={[['', words.refuse], ...Object.entries(words.prefers)]} />
          <Chosen of={of} name="rotation" options={[['', words.any], ...Object.entries(words.rotations)]} />
          <Typed of={of} name="minSize" type="number" />
          <Typed of={of} name="maxSize" type="number" />
        </div>
        <OnOff
          label={fields.overwrite}
          help={help.overwrite}
          isSelected={form.overwrite}
          onChange={(overwrite) => onChange({ overwrite })}
        />
        <OnOff label={fields.growRoot} isSelected={form.growRoot} onChange={(growRoot) => onChange({ growRoot })} />
      </Group>
      <Group title={groups.network} of={of} has={['networkConfig']}>
        <Typed of={of} name="networkConfig" lines={8} isCode />
      </Group>
      <Group title={groups.cluster} of={of} has={['config', 'addons']}>
        <Typed of={of} name="config" lines={12} isCode />
        <Addons {...of} />
      </Group>
      <Group
        title={groups.finish}
        of={of}
        has={['finish', 'bootOrder', 'standalone', 'onboarding', 'phoneHomeTimeout']}
      >
        <div className="form pairs">
          <Chosen of={of} name="finish" options={Object.entries(words.finishes)} />
          <Chosen
            of={of}
            name="bootOrder"
            options={Object.entries(words.bootOrders).map(([key, text]) => [key === 'site' ? '' : key, text] as const)}
          />
        </div>
        <OnOff
          label={fields.standalone}
          help={help.standalone}
          isSelected={form.standalone}
          onChange={(standalone) => onChange({ standalone })}
        />
        {form.standalone ? <Chosen of={of} name="onboarding" options={Object.entries(words.onboardings)} /> : null}
        <Typed of={of} name="phoneHomeTimeout" type="number" />
      </Group>
      <Group title={groups.advanced} of={of} has={['cloudConfig', 'kernelArgs', 'workflow', 'params']}>
        <Typed of={of} name="cloudConfig" lines={10} isCode />
        <Typed of={of} name="kernelArgs" isCode maxLength={1024} />
        <Workflow {...of} ownSteps={ownSteps} />
      </Group>
      <Group title={groups.about} of={of} has={ABOUT}>
        <Typed of={of} name="description" lines={2} maxLength={4096} />
        <div className="form pairs">
          <Chosen of={of} name="type" options={Object.entries(words.types)} />
          <Typed of={of} name="version" maxLength={128} />
          <Chosen of={of} name="securityFeature" options={Object.entries(words.demands)} />
          <Typed of={of} name="provider" maxLength={64} />
        </div>
        <Typed of={of} name="metadata" lines={3} isCode help={help.pairs} />
        <div className="form pairs">
          <Typed of={of} name="imageUrl" maxLength={2048} />
          <Typed of={of} name="imageSha256" isCode maxLength={80} />
          <Typed of={of} name="packageManifestUrl" maxLength={2048} />
          <Typed of={of} name="existingCvesUrl" maxLength={2048} />
          <Typed of={of} name="fixedCvesUrl" maxLength={2048} />
        </div>
        <Typed of={of} name="platformBundle" lines={2} isCode help={help.pairs} />
        <Typed of={of} name="tlsCaCertificate" lines={3} isCode help={help.pem} />
      </Group>
    </section>
  )
}

const ABOUT = [
  'description',
  'type',
  'version',
  'securityFeature',
  'provider',
  'metadata',
  'imageUrl',
  'imageSha256',
  'packageManifestUrl',
  'existingCvesUrl',
  'fixedCvesUrl',
  'platformBundle',
  'tlsCaCertificate',
] as const

/** The steps that a unit goes through: the built-in ones, a stored template's, or the profile's own, which stay. */
function Workflow({ ownSteps, ...of }: GroupParts & { ownSteps: ProfileWorkflow | null }) {
  const words = useSpoken(profileWords)
  const workflows = useQuery({
    queryKey: [...reading.workflows, 'choice'],
    queryFn: () => server('listWorkflows', { query: { pageSize: 1000, orderBy: 'name' } }),
  })
  const { workflow } = of.form
  const names = new Set(workflows.data?.items.map(({ name }) => name))
  if (workflow !== '' && workflow !== OWN_STEPS) names.add(workflow)
  return (
    <>
      <Chosen
        of={of}
        name="workflow"
        options={[
          ['', words.builtIn],
          ...(ownSteps ? [[OWN_STEPS, words.ownSteps(ownSteps.length)] as const] : []),
          ...[...names].map((name) => [name, name] as const),
        ]}
      />
      {workflow === '' || workflow === OWN_STEPS ? null : <Typed of={of} name="params" lines={3} isCode />}
    </>
  )
}

function Addons({ form, faults, onChange }: GroupParts) {
  const words = useSpoken(profileWords)
  const addons = useQuery({
    queryKey: [...reading.addons, 'choice'],
    queryFn: () => server('listAddons', { query: { pageSize: 1000, orderBy: 'name' } }),
  })
  const names = [...new Set([...(addons.data?.items.map(({ name }) => name) ?? []), ...form.addons])]
  const wrong = faultOf(faults, 'addons')
  return (
    <CheckboxGroup value={form.addons} onChange={(to) => onChange({ addons: to })} className="checks">
      <Label>{words.fields.addons}</Label>
      <span className="dim small">{names.length === 0 ? words.help.noAddons : words.help.addons}</span>
      {names.map((name) => (
        <Checkbox key={name} value={name} className="check">
          <span className="box" aria-hidden="true">
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="M3.500 8.500 6.500 11.500 12.500 4.500" />
            </svg>
          </span>
          {name}
        </Checkbox>
      ))}
      {wrong ? <span className="wrong small">{wrong}</span> : null}
    </CheckboxGroup>
  )
}
