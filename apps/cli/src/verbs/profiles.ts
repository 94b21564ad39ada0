import { parseArgs } from 'node:util'
import type { Client, PublicProfile } from '@eims/contracts'
import { connect, connectionHelp, connectionOptions } from '../connection.ts'
import { oneName } from '../one-name.ts'
import { fields, table } from '../output.ts'
import { print } from '../print.ts'
import { changeProfile, profileHelp, profileOptions } from '../profile-options.ts'
import { Refusal } from '../refusal.ts'
import type { Verb } from '../verb.ts'

const describe = (profile: PublicProfile) =>
  fields([
    ['name', profile.name],
    ['image', profile.image],
    ['architecture', profile.architecture],
    ['finish', profile.finish],
    ['default of the site', profile.isDefault ? 'yes' : 'no'],
    ['overwrite registered disks', profile.overwrite ? 'yes' : 'no'],
    ['disk', profile.disk ? JSON.stringify(profile.disk) : 'the only one'],
    ['account', profile.account?.userName],
    ['SSH keys', profile.account?.sshKeys.length],
    ['cloud-config', profile.cloudConfig ? `${profile.cloudConfig.trimEnd().split('\n').length} lines` : null],
    ['kernel arguments', profile.kernelArgs],
    ['phone-home timeout', `${profile.phoneHomeTimeout} s`],
  ])

const add: Verb = {
  name: 'profiles add',
  summary: 'add an OS profile: an image and how a unit with it is set up',
  help: `usage: ./eims profiles add NAME --image IMAGE [OPTIONS]

${profileHelp}${connectionHelp}`,
  async run(argv, env) {
    const { name, values, client } = oneName(argv, env, 'profile name', profileOptions)
    if (!values.image) throw new Refusal('name the image with --image; see --help', 2)
    const made = await client('addProfile', { body: changeProfile({ name }, values) })
    await finish(client, made, values)
  },
}

const set: Verb = {
  name: 'profiles set',
  summary: 'change an OS profile: what is given; the rest stays',
  help: `usage: ./eims profiles set NAME [OPTIONS]

${profileHelp}
"" removes the account (--user ""), the cloud-config, the disk rule or the kernel arguments. --ssh-key replaces all keys.
The password hash stays unless another one is given; an account of another name begins without.

A run that was made already, also a failed one, keeps what it was made with. To image a machine with the changed
profile: ./eims nodes reprovision NODE --reason TEXT

${connectionHelp}`,
  async run(argv, env) {
    const { name, values, client } = oneName(argv, env, 'profile', profileOptions)
    const changes = Object.keys(profileOptions).some(
      (option) => values[option as keyof typeof profileOptions] !== undefined,
    )
    if (!changes) throw new Refusal('nothing to change; see --help', 2)
    const params = { id: name }
    const body = changeProfile(await client('getProfile', { params }), values)
    await finish(client, await client('putProfile', { params, body }), values)
  },
}

/** Makes a stored profile the site's default when that was asked for, and prints it. */
async function finish(client: Client, profile: PublicProfile, values: { default?: boolean; json?: boolean }) {
  if (values.default)
    await client('patchSite', { body: { defaultProfile: profile.name } }).catch((error: Error) => {
      throw new Refusal(
        `profile ${profile.name} is stored, but it could not be made the site’s default: ${error.message}; do so with: ./eims site set --default-profile ${profile.name}`,
      )
    })
  print({ ...profile, isDefault: profile.isDefault || Boolean(values.default) }, values.json, describe)
}

const show: Verb = {
  name: 'profiles show',
  summary: 'one OS profile',
  help: `usage: ./eims profiles show NAME [OPTIONS]\n\n${connectionHelp}`,
  async run(argv, env) {
    const { name, values, client } = oneName(argv, env, 'profile', {})
    print(await client('getProfile', { params: { id: name } }), values.json, describe)
  },
}

const list: Verb = {
  name: 'profiles list',
  summary: 'list the OS profiles',
  help: `usage: ./eims profiles list [OPTIONS]\n\n${connectionHelp}`,
  async run(argv, env) {
    const { values } = parseArgs({ args: argv, options: connectionOptions })
    const reply = await connect(values, env)('listProfiles', {})
    print(reply, values.json, ({ items }) =>
      table(
        ['NAME', 'IMAGE', 'ARCH', 'FINISH', 'DEFAULT', 'ACCOUNT'],
        items.map((profile) => [
          profile.name,
          profile.image,
          profile.architecture,
          profile.finish,
          profile.isDefault ? 'yes' : '',
          profile.account?.userName,
        ]),
      ),
    )
  },
}

const remove: Verb = {
  name: 'profiles delete',
  summary: 'remove a profile that no node uses',
  help: `usage: ./eims profiles delete NAME [OPTIONS]\n\n${connectionHelp}`,
  async run(argv, env) {
    const { name, client } = oneName(argv, env, 'profile', {})
    await client('deleteProfile', { params: { id: name } })
  },
}

export const profileVerbs = [add, list, show, set, remove]
