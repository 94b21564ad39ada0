import { parseArgs } from 'node:util'
import type { Site, SitePatch } from '@eims/contracts'
import { connect, connectionHelp, connectionOptions } from '../connection.ts'
import { fields } from '../output.ts'
import { print } from '../print.ts'
import { Refusal } from '../refusal.ts'
import type { Verb } from '../verb.ts'

const describe = (site: Site) =>
  fields([
    ['name', site.name],
    ['default profile', site.defaultProfile],
    [
      'unknown machines',
      site.unknownPolicy ??
        (site.defaultProfile ? 'get the default profile' : 'are held until a default profile is set'),
    ],
    ['zero-touch', site.autoProvision ? 'yes' : 'no: provision each node by hand'],
    ['overwrite disks of unknown machines', site.overwriteUnregistered ? 'yes' : 'only blank ones'],
    ['replace ROM iPXE', site.chainRomIpxe],
    ['proxy', site.httpProxy],
    ['no proxy', site.noProxy],
    ['NTP servers', site.ntpServers.join(', ')],
  ])

const show: Verb = {
  name: 'site show',
  summary: 'show the site’s settings',
  help: `usage: ./eims site show [OPTIONS]\n\n${connectionHelp}`,
  async run(argv, env) {
    const { values } = parseArgs({ args: argv, options: connectionOptions })
    print(await connect(values, env)('getSite', {}), values.json, describe)
  },
}

const yesNo = (name: string, value: string): boolean => {
  if (value !== 'yes' && value !== 'no') throw new Refusal(`--${name} is yes or no`, 2)
  return value === 'yes'
}

const set: Verb = {
  name: 'site set',
  summary: 'change the site’s settings',
  help: `usage: ./eims site set [OPTIONS]

  --default-profile NAME  for machines without a profile of their own ("" for none)
  --unknown POLICY        default-profile, hold or refuse machines that nobody registered ("" for the usual rule)
  --zero-touch yes|no     provision machines, registered or not, as soon as they appear
  --overwrite-unknown yes|no  write disks of unregistered machines though they are not blank
  --chain-rom-ipxe WHEN   auto (only ones without HTTP) or always
  --proxy URL --no-proxy LIST --ntp SERVER  handed to the units; --ntp may be repeated
${connectionHelp}`,
  async run(argv, env) {
    const { values } = parseArgs({
      args: argv,
      options: {
        ...connectionOptions,
        'default-profile': { type: 'string' },
        unknown: { type: 'string' },
        'zero-touch': { type: 'string' },
        'overwrite-unknown': { type: 'string' },
        'chain-rom-ipxe': { type: 'string' },
        proxy: { type: 'string' },
        'no-proxy': { type: 'string' },
        ntp: { type: 'string', multiple: true },
      },
    })
    const given = <T>(value: string | undefined, name: string, make: (value: string) => T) =>
      value === undefined ? {} : { [name]: make(value) }
    const orNull = (value: string) => (value === '' ? null : value)
    const body = {
      ...given(values['default-profile'], 'defaultProfile', orNull),
      ...given(values.unknown, 'unknownPolicy', orNull),
      ...given(values['zero-touch'], 'autoProvision', (value) => yesNo('zero-touch', value)),
      ...given(values['overwrite-unknown'], 'overwriteUnregistered', (value) => yesNo('overwrite-unknown', value)),
      ...given(values['chain-rom-ipxe'], 'chainRomIpxe', String),
      ...given(values.proxy, 'httpProxy', orNull),
      ...given(values['no-proxy'], 'noProxy', orNull),
      ...(values.ntp ? { ntpServers: values.ntp } : {}),
    } as SitePatch
    if (Object.keys(body).length === 0) throw new Refusal('nothing to change; see --help', 2)
    print(await connect(values, env)('patchSite', { body }), values.json, describe)
  },
}

export const siteVerbs = [show, set]
