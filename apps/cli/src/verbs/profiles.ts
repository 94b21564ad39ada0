import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { ProfileInput, PublicProfile } from '@eims/contracts'
import type { z } from 'zod'
import { connect, connectionHelp, connectionOptions } from '../connection.ts'
import { oneName } from '../one-name.ts'
import { fields, table } from '../output.ts'
import { print } from '../print.ts'
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
    ['kernel arguments', profile.kernelArgs],
    ['phone-home timeout', `${profile.phoneHomeTimeout} s`],
  ])

const add: Verb = {
  name: 'profiles add',
  summary: 'add an OS profile: an image and how a unit with it is set up',
  help: `usage: ./eims profiles add NAME --image IMAGE [OPTIONS]

  --image IMAGE         an image of the registry
  --default             machines without a profile of their own get this one (also ones that nobody registered)
  --user NAME           account that is made on the unit, with sudo
  --ssh-key KEY|FILE    its SSH public key, or a file with several; may be repeated
  --password-hash HASH  its password as a crypt hash (mkpasswd -m yescrypt)
  --cloud-config FILE   more cloud-config for the unit
  --finish HOW          reboot (default: done when the OS has reported itself), poweroff or hold
  --disk MATCH          which disk: kernel name, serial or WWN, with * as wildcard
  --prefer WHICH        of several disks take the smallest or the largest
  --no-overwrite        refuse a disk that is not blank, on registered machines too
  --kernel-args ARGS    more arguments for the Micro-OS's kernel
  --arch ARCH           x86_64 (default) or arm64
${connectionHelp}`,
  async run(argv, env) {
    const { name, values, client } = oneName(argv, env, 'profile name', {
      image: { type: 'string' },
      default: { type: 'boolean' },
      user: { type: 'string' },
      'ssh-key': { type: 'string', multiple: true },
      'password-hash': { type: 'string' },
      'cloud-config': { type: 'string' },
      finish: { type: 'string' },
      disk: { type: 'string' },
      prefer: { type: 'string' },
      'no-overwrite': { type: 'boolean' },
      'kernel-args': { type: 'string' },
      arch: { type: 'string' },
    })
    if (!values.image) throw new Refusal('name the image with --image; see --help', 2)
    if (!values.user && (values['ssh-key'] || values['password-hash']))
      throw new Refusal('--ssh-key and --password-hash need --user', 2)
    const body = {
      name,
      image: values.image,
      ...(values.arch ? { architecture: values.arch } : {}),
      ...(values.finish ? { finish: values.finish } : {}),
      ...(values['no-overwrite'] ? { overwrite: false } : {}),
      ...(values['kernel-args'] ? { kernelArgs: values['kernel-args'] } : {}),
      ...(values.disk || values.prefer
        ? {
            disk: {
              ...(values.disk ? { match: values.disk } : {}),
              ...(values.prefer ? { prefer: values.prefer } : {}),
            },
          }
        : {}),
      ...(values['cloud-config'] ? { cloudConfig: read(values['cloud-config']) } : {}),
      ...(values.user
        ? {
            account: {
              userName: values.user,
              sshKeys: (values['ssh-key'] ?? []).flatMap(sshKeys),
              ...(values['password-hash'] ? { passwordHash: values['password-hash'] } : {}),
            },
          }
        : {}),
    } as z.input<typeof ProfileInput>
    const made = await client('addProfile', { body })
    if (values.default) await client('patchSite', { body: { defaultProfile: made.name } })
    print({ ...made, isDefault: made.isDefault || Boolean(values.default) }, values.json, describe)
  },
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Refusal(`${path} cannot be read: ${(error as Error).message}`)
  }
}

const sshKeys = (value: string): string[] =>
  (value.includes(' ') ? value : read(value))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))

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

export const profileVerbs = [add, list, remove]
