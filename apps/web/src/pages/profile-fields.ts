import {
  Finish,
  HIDDEN_SECRET,
  type Image,
  namesWorkflow,
  type ProfileInput,
  type ProfileWorkflow,
  type PublicProfile,
} from '@eims/contracts'
import type { z } from 'zod'

/** A profile as the server takes it; without a password hash it keeps the one it has. */
export type ProfileBody = z.input<typeof ProfileInput>

/** An image that a profile may have. */
export type Choosable = Pick<Image, 'name' | 'architecture' | 'state'>

/** Stands for steps of the profile's own where a workflow is chosen; no name of one begins so. */
export const OWN_STEPS = '*own'

/** Every field of the form as it is typed: texts, and what is on or off. */
export interface ProfileForm {
  name: string
  image: string
  userName: string
  sshKeys: string
  password: string
  description: string
  type: PublicProfile['type']
  version: string
  securityFeature: PublicProfile['securityFeature']
  metadata: string
  match: string
  prefer: '' | 'smallest' | 'largest'
  minSize: string
  maxSize: string
  rotation: '' | 'ssd' | 'hdd'
  overwrite: boolean
  growRoot: boolean
  networkConfig: string
  config: string
  addons: string[]
  finish: PublicProfile['finish']
  bootOrder: '' | 'disk' | 'network'
  standalone: boolean
  onboarding: PublicProfile['onboarding']
  phoneHomeTimeout: string
  cloudConfig: string
  kernelArgs: string
  workflow: string
  params: string
  provider: string
  imageUrl: string
  imageSha256: string
  packageManifestUrl: string
  existingCvesUrl: string
  fixedCvesUrl: string
  platformBundle: string
  tlsCaCertificate: string
}

const GB = 1e9

/** PURE: `key=value` of each line; a line without = is a key without a value. */
const pairsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    linesOf(text).map((line) => {
      const at = line.indexOf('=')
      return at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()]
    }),
  )

const textOf = (pairs: Readonly<Record<string, string>> | null | undefined): string =>
  Object.entries(pairs ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))

const sizeText = (bytes: number | undefined): string => (bytes === undefined ? '' : String(bytes / GB))

/** PURE: a profile as the form shows it; of what is left out, what a new one has. */
export function formOf(profile: Partial<PublicProfile> = {}): ProfileForm {
  const { disk = {}, account, source, workflow = null } = profile
  return {
    name: profile.name ?? '',
    image: profile.image ?? '',
    userName: account?.userName ?? '',
    sshKeys: account?.sshKeys.join('\n') ?? '',
    password: '',
    description: profile.description ?? '',
    type: profile.type ?? 'mutable',
    version: profile.version ?? '',
    securityFeature: profile.securityFeature ?? 'none',
    metadata: textOf(profile.metadata),
    match: disk.match ?? '',
    prefer: disk.prefer ?? '',
    minSize: sizeText(disk.minSize),
    maxSize: sizeText(disk.maxSize),
    rotation: disk.rotation ?? '',
    overwrite: profile.overwrite ?? true,
    growRoot: profile.growRoot ?? true,
    networkConfig: profile.networkConfig ?? '',
    config: profile.config ?? '',
    addons: profile.addons ?? [],
    finish: profile.finish ?? Finish.enum.reboot,
    bootOrder: profile.bootOrder ?? '',
    standalone: profile.standalone ?? false,
    onboarding: profile.onboarding ?? 'never',
    phoneHomeTimeout: String(profile.phoneHomeTimeout ?? 1800),
    cloudConfig: profile.cloudConfig ?? '',
    kernelArgs: profile.kernelArgs ?? '',
    workflow: workflow === null ? '' : namesWorkflow(workflow) ? workflow.workflow : OWN_STEPS,
    params: namesWorkflow(workflow) ? textOf(workflow.params) : '',
    provider: source?.provider ?? '',
    imageUrl: source?.imageUrl ?? '',
    imageSha256: source?.imageSha256 ?? '',
    packageManifestUrl: source?.packageManifestUrl ?? '',
    existingCvesUrl: source?.existingCvesUrl ?? '',
    fixedCvesUrl: source?.fixedCvesUrl ?? '',
    platformBundle: textOf(source?.platformBundle),
    tlsCaCertificate: source?.tlsCaCertificate ?? '',
  }
}

/** PURE: nothing where nothing is typed. */
const given = <K extends string>(key: K, text: string): { [P in K]?: string } =>
  (text.trim() === '' ? {} : { [key]: text.trim() }) as { [P in K]?: string }

const diskOf = ({ match, prefer, minSize, maxSize, rotation }: ProfileForm): ProfileBody['disk'] => {
  const size = (key: string, text: string) => (text.trim() === '' ? {} : { [key]: Math.round(Number(text) * GB) })
  const rule = {
    ...given('match', match),
    ...given('prefer', prefer),
    ...size('minSize', minSize),
    ...size('maxSize', maxSize),
    ...given('rotation', rotation),
  }
  return Object.keys(rule).length === 0 ? undefined : (rule as ProfileBody['disk'])
}

const sourceOf = (form: ProfileForm): ProfileBody['source'] => {
  const orNull = (text: string) => text.trim() || null
  const platformBundle = pairsOf(form.platformBundle)
  const source = {
    provider: orNull(form.provider),
    imageUrl: orNull(form.imageUrl),
    imageSha256: orNull(form.imageSha256),
    packageManifestUrl: orNull(form.packageManifestUrl),
    existingCvesUrl: orNull(form.existingCvesUrl),
    fixedCvesUrl: orNull(form.fixedCvesUrl),
    platformBundle: Object.keys(platformBundle).length > 0 ? platformBundle : null,
    tlsCaCertificate: orNull(form.tlsCaCertificate),
  }
  return Object.values(source).every((value) => value === null) ? null : source
}

const workflowOf = ({ workflow, params }: ProfileForm, ownSteps: ProfileWorkflow | null): ProfileBody['workflow'] => {
  if (workflow === '') return null
  return workflow === OWN_STEPS ? ownSteps : { workflow, params: pairsOf(params) }
}

/**
 * PURE: the form as the server takes it; what is wrong in it the server says.
 * @param more.architecture of the image @param more.passwordHash of the password, where one was typed
 * @param more.ownSteps that the profile has so far
 */
export function bodyOf(
  form: ProfileForm,
  more: {
    architecture: PublicProfile['architecture']
    passwordHash: string | null
    ownSteps: ProfileWorkflow | null
  },
): ProfileBody {
  const { userName, sshKeys, phoneHomeTimeout, cloudConfig, networkConfig, config } = form
  const hasAccount = userName.trim() !== '' || sshKeys.trim() !== '' || more.passwordHash !== null
  const disk = diskOf(form)
  const account = {
    userName: userName.trim(),
    sshKeys: linesOf(sshKeys),
    ...(more.passwordHash === null ? {} : { passwordHash: more.passwordHash }),
  }
  // Texts of several lines stay as they are typed: of YAML the indentation counts.
  const document = <K extends string>(key: K, text: string) => (text.trim() === '' ? {} : { [key]: text })
  return {
    name: form.name.trim(),
    description: form.description,
    image: form.image,
    architecture: more.architecture,
    type: form.type,
    version: form.version,
    securityFeature: form.securityFeature,
    metadata: pairsOf(form.metadata),
    source: sourceOf(form),
    workflow: workflowOf(form, more.ownSteps),
    finish: form.finish,
    standalone: form.standalone,
    onboarding: form.standalone ? form.onboarding : 'never',
    overwrite: form.overwrite,
    ...(disk ? { disk } : {}),
    bootOrder: form.bootOrder || null,
    growRoot: form.growRoot,
    addons: form.addons,
    ...(hasAccount ? { account } : {}),
    ...document('cloudConfig', cloudConfig),
    ...document('networkConfig', networkConfig),
    ...document('config', config),
    kernelArgs: form.kernelArgs.trim(),
    phoneHomeTimeout: Number(phoneHomeTimeout),
  }
}

/** PURE: a profile as it was read, to be stored again as it was; its password hash is in no reply. */
export function inputOf(profile: PublicProfile): ProfileBody {
  const { id: _id, isDefault: _default, createdAt: _made, updatedAt: _changed, warnings: _warnings, ...input } = profile
  return input as ProfileBody
}

/** PURE: whether a deleted profile can be made again as it was: nothing of it is hidden. */
export const canComeBack = ({ account, config }: PublicProfile): boolean =>
  account === undefined && !config?.includes(HIDDEN_SECRET)

/** PURE: whether what a change replaced can be put back: the server keeps the hash of an account of the same name. */
export const canGoBack = (before: PublicProfile, { account }: ProfileBody): boolean =>
  before.account === undefined || (account?.userName === before.account.userName && account.passwordHash === undefined)

/**
 * PURE: what the server found wrong with a field or inside it; of a list it says at which place.
 * @param faults by the field's path in the body
 */
export function faultAt(faults: Readonly<Record<string, string>>, path: string): string | undefined {
  const inside = Object.entries(faults).flatMap(([at, message]) => {
    if (at === path) return [message]
    if (!at.startsWith(`${path}.`)) return []
    const place = at.slice(path.length + 1)
    return [`${/^\d+$/.test(place) ? Number(place) + 1 : place}: ${message}`]
  })
  return inside.length > 0 ? inside.join('\n') : undefined
}
