import { type Client, namesWorkflow, type PublicProfile } from '@eims/contracts'
import { bootOrderText } from '../boot-order-text.ts'
import { command, one } from '../command.ts'
import { confirm, yesFlag } from '../confirm.ts'
import { diskText } from '../disk-flags.ts'
import { formatFlags, type Listing, printList } from '../listing.ts'
import { metadataText } from '../metadata-flags.ts'
import { clock, fields } from '../output.ts'
import { listFlags } from '../pages.ts'
import { changeProfile, profileFlags } from '../profile-options.ts'
import { Refusal } from '../refusal.ts'
import type { Screen } from '../screen.ts'

const describe = (profile: PublicProfile, screen?: Screen) =>
  fields(
    [
      ['name', profile.name],
      ...optional('description', profile.description),
      ['image', profile.image],
      ['architecture', profile.architecture],
      ['type', profile.type],
      ...optional('OS version', profile.version),
      ['security feature', profile.securityFeature],
      ['finish', profile.finish],
      ['default of the site', profile.isDefault ? 'yes' : 'no'],
      ['overwrite registered disks', profile.overwrite ? 'yes' : 'no'],
      ['disk', diskText(profile.disk) ?? 'the only one'],
      ['account', profile.account?.userName],
      ['SSH keys', profile.account?.sshKeys.length],
      ['config-file', profile.config ? `${profile.config.trimEnd().split('\n').length} lines` : null],
      ['cloud-config', profile.cloudConfig ? `${profile.cloudConfig.trimEnd().split('\n').length} lines` : null],
      ['network', profile.networkConfig ? 'its own config' : 'DHCP on every NIC'],
      ['units boot first', profile.bootOrder ? bootOrderText(profile.bootOrder) : 'what the site says'],
      ['standalone', standaloneText(profile)],
      ['root grows', profile.growRoot ? 'to the whole disk' : 'no'],
      ['addons', profile.addons.join(', ')],
      ['kernel arguments', profile.kernelArgs],
      ['phone-home timeout', `${profile.phoneHomeTimeout} s`],
      ['workflow', workflowText(profile.workflow)],
      ...optional('image from', profile.source?.imageUrl),
      ...optional('metadata', metadataText(profile.metadata)),
      ...(profile.warnings ?? []).map((warning): [string, string] => ['warning', warning]),
    ],
    screen,
  )

function standaloneText({ standalone, onboarding }: PublicProfile): string {
  if (!standalone) return 'no'
  return onboarding === 'later' ? 'yes, and can be taken in later' : 'yes'
}

function workflowText(workflow: PublicProfile['workflow']): string {
  if (workflow === null) return 'the built-in one'
  if (!namesWorkflow(workflow)) return workflow.map(({ name }) => name).join(', ')
  const params = metadataText(workflow.params)
  return `${workflow.workflow}${params ? ` (${params})` : ''}`
}

const optional = (name: string, value: string | null | undefined): [string, string][] => (value ? [[name, value]] : [])

const add = command({
  name: 'profiles add',
  summary: 'add an OS profile: an image and how a unit with it is set up',
  usage: 'NAME --image IMAGE [OPTIONS]',
  words: one('name'),
  options: profileFlags,
  async run({ name, values, client, show }) {
    if (!values.image) throw new Refusal('name the image with --image; see --help', 2)
    const made = await client('addProfile', { body: changeProfile({ name }, values) })
    await warnOfImage(client, made)
    show(await asDefault(client, made, values.default), describe)
  },
})

const set = command({
  name: 'profiles set',
  summary: 'change an OS profile: what is given; the rest stays',
  words: one('profile', undefined, 'profile'),
  options: { name: { type: 'string', value: 'NAME', says: 'another name' }, ...profileFlags },
  about: `
"" removes the account (--user ""), the cloud-config, the network config, the config-file, the disk rule
(--disk "", --prefer "" and so on), the workflow or the kernel arguments. --ssh-key replaces all keys. The
password hash stays unless another one is given; an account of another name begins without.

A run that was made already, also a failed one, keeps what it was made with. To image a machine with the changed
profile: ./eims nodes reprovision NODE --reason TEXT`,
  async run(call) {
    const { values, client } = call
    const changes = ['name', ...Object.keys(profileFlags)].some(
      (flag) => values[flag as keyof typeof values] !== undefined,
    )
    if (!changes) throw new Refusal('nothing to change; see --help', 2)
    const params = { id: call.name }
    const was = await client('getProfile', { params })
    const body = { ...changeProfile(was, values), ...(values.name ? { name: values.name } : {}) }
    const made = await client('putProfile', { params, body })
    if (values.image !== undefined) await warnOfImage(client, made)
    call.show(await asDefault(client, made, values.default), describe)
  },
})

/**
 * Says which machines the profile's image does not suit, before one of them is refused. The profile is stored either
 * way.
 */
async function warnOfImage(client: Client, { image: name }: PublicProfile): Promise<void> {
  const image = await client('getImage', { params: { id: name } }).catch(() => null)
  for (const { text } of image?.warnings ?? []) process.stderr.write(`eims: image ${name}: ${text}\n`)
}

/** Makes a stored profile the site's default when that was asked for. */
async function asDefault(client: Client, profile: PublicProfile, wanted: boolean | undefined): Promise<PublicProfile> {
  if (wanted)
    await client('patchSite', { body: { defaultProfile: profile.name } }).catch((error: Error) => {
      throw new Refusal(
        `profile ${profile.name} is stored, but it could not be made the site’s default: ${error.message}; do so with: ./eims site set --default-profile ${profile.name}`,
      )
    })
  return { ...profile, isDefault: profile.isDefault || Boolean(wanted) }
}

const show = command({
  name: 'profiles show',
  summary: 'one OS profile',
  words: one('profile', undefined, 'profile'),
  async run({ name, client, show }) {
    show(await client('getProfile', { params: { id: name } }), describe)
  },
})

const list = command({
  name: 'profiles list',
  summary: 'list the OS profiles',
  options: {
    ...listFlags({ filter: 'image = debian-* AND architecture = arm64', orderBy: 'image, name desc' }),
    ...formatFlags('name,image,version'),
  },
  run: (call) => printList(call, 'listProfiles', listing),
})

const listing: Listing<PublicProfile> = {
  none: 'no profiles\n',
  nameOf: ({ name }) => name,
  columns: [
    { name: 'name', cell: ({ name }) => name },
    { name: 'image', cell: ({ image }) => image },
    { name: 'arch', yields: 1, cell: ({ architecture }) => architecture },
    { name: 'finish', yields: 2, cell: ({ finish }) => finish },
    { name: 'default', yields: 3, cell: ({ isDefault }) => (isDefault ? 'yes' : '') },
    { name: 'version', wide: true, cell: ({ version }) => version },
    { name: 'made', wide: true, cell: ({ createdAt }) => clock(createdAt) },
    { name: 'id', wide: true, cell: ({ id }) => id },
    { name: 'account', cell: ({ account }) => account?.userName },
  ],
}

const remove = command({
  name: 'profiles delete',
  summary: 'remove a profile that no node uses',
  words: one('profile', undefined, 'profile'),
  options: yesFlag,
  async run({ name, values, client }) {
    await confirm(`The profile ${name} will be removed; its image stays.`, values)
    await client('deleteProfile', { params: { id: name } })
  },
})

export const profileVerbs = [add, list, show, set, remove]
