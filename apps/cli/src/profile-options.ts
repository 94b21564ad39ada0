import { existsSync } from 'node:fs'
import {
  BootOrder,
  changeMetadata,
  Finish,
  namesWorkflow,
  Onboarding,
  type ProfileInput,
  type PublicProfile,
  SecurityFeature,
  type WorkflowUse,
} from '@eims/contracts'
import { parse } from 'yaml'
import type { z } from 'zod'
import { configFlag, configGiven } from './config-flag.ts'
import { changeDiskRule, diskFlags } from './disk-flags.ts'
import { metadataChanges, metadataFlag, paramsOf } from './metadata-flags.ts'
import { Refusal } from './refusal.ts'
import { accountFlags, readText, sshKeys } from './ssh-keys.ts'

/** What `profiles add` and `profiles set` take. */
export const profileFlags = {
  image: { type: 'string', value: 'IMAGE', says: 'an image of the registry' },
  default: {
    type: 'boolean',
    says: 'machines without a profile of their own get this one (also ones that nobody registered)',
  },
  architecture: { type: 'string', oneOf: ['x86_64', 'arm64'], value: 'A', says: 'x86_64 (default) or arm64' },
  ...accountFlags,
  'cloud-config': { type: 'string', value: 'FILE', says: 'more cloud-config for the unit' },
  'network-config': {
    type: 'string',
    value: 'FILE',
    says: 'the OS’s network as cloud-init takes it, version 2 or 1 (default: DHCP on every NIC, the boot NIC first)',
  },
  ...configFlag,
  addon: {
    type: 'string',
    multiple: true,
    value: 'ADDON',
    says: 'a set of addons that units with K3s get (addons list); all are replaced ("" for none)',
  },
  finish: {
    type: 'string',
    oneOf: Finish.options,
    value: 'HOW',
    says: 'reboot (default: done when the OS has reported itself), poweroff or hold',
  },
  ...diskFlags,
  overwrite: { type: 'boolean', says: 'disks of registered machines may be overwritten (default)' },
  'no-overwrite': { type: 'boolean', says: 'refuse a disk that is not blank, on registered machines too' },
  'boot-order': {
    type: 'string',
    oneOf: [...BootOrder.options, ''],
    value: 'FIRST',
    says: 'what a unit with UEFI tries first: disk, or network, so that it can be imaged again without a keyboard ("" for the site’s rule)',
  },
  'grow-root': { type: 'boolean', says: 'the last Linux partition gets the rest of the disk (default)' },
  'no-grow-root': { type: 'boolean', says: 'the image’s partitions stay as large as they are' },
  standalone: {
    type: 'boolean',
    says: 'units keep nothing of this server once their OS has reported that it runs (docs/config-file.md)',
  },
  'no-standalone': { type: 'boolean', says: 'units keep what the server put on them, but for secrets (default)' },
  onboarding: {
    type: 'string',
    oneOf: Onboarding.options,
    value: 'WHEN',
    says: 'of standalone units: never (default), or later: a unit keeps a file by which it can be taken in one day (nodes adopt --from-unit)',
  },
  'kernel-args': { type: 'string', value: 'ARGS', says: 'more arguments for the Micro-OS’s kernel' },
  'phone-home-timeout': {
    type: 'string',
    value: 'SECONDS',
    says: 'from the reboot until the OS must have reported itself (default 1800)',
  },
  workflow: {
    type: 'string',
    value: 'NAME|FILE',
    says: 'the steps of a stored workflow template (workflows list), or steps of its own as YAML or JSON (docs/registry.md), instead of the built-in plan ("" for that one)',
  },
  param: {
    type: 'string',
    multiple: true,
    value: 'KEY=VALUE',
    says: 'what that template sees as .params.KEY; all of them are replaced',
  },
  description: { type: 'string', value: 'TEXT', says: 'for people' },
  type: { type: 'string', oneOf: ['mutable', 'immutable'], says: 'whether the OS may be changed in place' },
  'security-feature': {
    type: 'string',
    oneOf: SecurityFeature.options,
    value: 'F',
    says: 'what a machine must have before its disk is written: none (default), secure-boot, or EIM’s secure-boot-and-full-disk-encryption, of which eims sees to Secure Boot only',
  },
  'os-version': { type: 'string', value: 'V', says: 'version of the OS, as its publisher counts' },
  ...metadataFlag,
} as const

type OptionValue<O> = O extends { multiple: true } ? string[] : O extends { type: 'boolean' } ? boolean : string
/** The flags as parseArgs gives them. */
type ProfileValues = {
  -readonly [K in keyof typeof profileFlags]?: OptionValue<(typeof profileFlags)[K]> | undefined
}
/** A profile as the interface takes it; without the password hash the server keeps the one it has. */
type ProfileBody = z.input<typeof ProfileInput>

/**
 * A profile with what the options give changed; all else stays as it is. An empty value removes what may be absent.
 * @param profile as the interface shows it, or only the name of a new one
 * @throws Refusal
 */
export function changeProfile(profile: Partial<PublicProfile>, values: ProfileValues): ProfileBody {
  const { id: _id, isDefault: _isDefault, createdAt: _createdAt, updatedAt: _updatedAt, ...shown } = profile
  const { account: was, disk, cloudConfig, networkConfig, config: wasFile, warnings: _warnings, ...rest } = shown
  if (values.overwrite && values['no-overwrite']) throw new Refusal('give --overwrite or --no-overwrite, not both', 2)
  if (values['grow-root'] && values['no-grow-root'])
    throw new Refusal('give --grow-root or --no-grow-root, not both', 2)
  if (values.standalone && values['no-standalone'])
    throw new Refusal('give --standalone or --no-standalone, not both', 2)
  const changed = changeDiskRule(disk, values)
  const rule = changed === undefined ? disk : changed
  const account = changeAccount(was, values)
  const config = textOf(values['cloud-config'], cloudConfig)
  const network = textOf(values['network-config'], networkConfig)
  const newFile = configGiven(values.config)
  const file = newFile === undefined ? wasFile : newFile
  const timeout = values['phone-home-timeout']
  return {
    ...rest,
    ...given('image', values.image),
    ...given('architecture', values.architecture),
    ...given('finish', values.finish),
    ...(values.overwrite || values['no-overwrite'] ? { overwrite: Boolean(values.overwrite) } : {}),
    ...(values['boot-order'] === undefined ? {} : { bootOrder: values['boot-order'] || null }),
    ...(values['grow-root'] || values['no-grow-root'] ? { growRoot: Boolean(values['grow-root']) } : {}),
    ...(values.addon ? { addons: values.addon.filter(Boolean) } : {}),
    ...(values.standalone || values['no-standalone'] ? { standalone: Boolean(values.standalone) } : {}),
    ...(values['no-standalone'] ? { onboarding: 'never' } : {}),
    ...given('onboarding', values.onboarding),
    ...given('kernelArgs', values['kernel-args']),
    ...(timeout === undefined ? {} : { phoneHomeTimeout: seconds(timeout) }),
    ...changeWorkflow(rest.workflow, values),
    ...given('description', values.description),
    ...given('type', values.type),
    ...given('securityFeature', values['security-feature']),
    ...given('version', values['os-version']),
    ...(values.metadata ? { metadata: changeMetadata(rest.metadata ?? {}, metadataChanges(values.metadata)) } : {}),
    ...(rule ? { disk: rule } : {}),
    ...(config ? { cloudConfig: config } : {}),
    ...(network ? { networkConfig: network } : {}),
    ...(file ? { config: file } : {}),
    ...(account ? { account } : {}),
  } as ProfileBody
}

function changeAccount(was: PublicProfile['account'], values: ProfileValues) {
  const userName = values.user ?? was?.userName
  const keys = values['ssh-key']
  const passwordHash = values['password-hash']
  if (!userName && (keys || passwordHash)) throw new Refusal('--ssh-key and --password-hash need --user', 2)
  if (!userName) return undefined
  return {
    userName,
    sshKeys: keys ? keys.filter(Boolean).flatMap(sshKeys) : (was?.sshKeys ?? []),
    ...(passwordHash ? { passwordHash } : {}),
  }
}

/** What the file of a flag says; empty: nothing any more; no flag: as it was. */
const textOf = (file: string | undefined, was: string | undefined) => (file ? readText(file) : (file ?? was))

const given = (name: string, value: string | undefined) => (value === undefined ? {} : { [name]: value })

function seconds(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new Refusal(`--phone-home-timeout is a number of seconds, not "${text}"`, 2)
  return Number(text)
}

function changeWorkflow(was: PublicProfile['workflow'] | undefined, values: ProfileValues): { workflow?: unknown } {
  const given = values.workflow
  const params = values.param?.filter(Boolean)
  if (given === '') return { workflow: null }
  if (given !== undefined && isFile(given)) {
    if (params) throw new Refusal('--param is for a workflow template by its name, not for a file', 2)
    return { workflow: workflow(given) }
  }
  const used = namesWorkflow(was ?? null) ? (was as WorkflowUse) : null
  const name = given ?? used?.workflow
  if (params && !name) throw new Refusal('--param needs a workflow template; name it with --workflow', 2)
  if (!name || (given === undefined && !params)) return {}
  return { workflow: { workflow: name, params: params ? paramsOf(params, '--param') : (used?.params ?? {}) } }
}

/** What is no file here, and does not look like one, is the name of a stored workflow. */
const isFile = (word: string) => /[/\\]|\.(?:ya?ml|json)$/i.test(word) || existsSync(word)

/** What it says is checked by the server. */
function workflow(file: string): unknown {
  try {
    return parse(readText(file), { maxAliasCount: 0 })
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(`${file} is neither YAML nor JSON: ${(error as Error).message.split('\n')[0]}`)
  }
}
