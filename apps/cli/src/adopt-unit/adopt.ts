import { randomUUID } from 'node:crypto'
import type { Client, UnitAdoption } from '@eims/contracts'
import { defined } from '../needed.ts'
import type { Flags } from '../option-text.ts'
import { fields } from '../output.ts'
import { Refusal } from '../refusal.ts'
import type { Screen } from '../screen.ts'
import { factsScript, readFacts } from './facts.ts'
import { runOverSsh, type SshAccess } from './ssh.ts'

export const unitFlags = {
  'from-unit': {
    type: 'string',
    value: 'ADDRESS',
    says: 'a machine that runs its OS at its site: asked over ssh what it is, and registered as it is',
  },
  user: { type: 'string', value: 'USER', says: 'the account there (default: ssh’s own)' },
  identity: { type: 'string', value: 'FILE', says: 'the private key to log in with' },
  port: { type: 'string', value: 'N', says: 'of its SSH server (default 22)' },
  'known-hosts': {
    type: 'string',
    value: 'FILE',
    says: 'host keys that are known, in the place of ~/.ssh/known_hosts',
  },
  'accept-new': { type: 'boolean', says: 'take the host key of a unit that is met for the first time, and note it' },
  'dry-run': { type: 'boolean', says: 'tell what the unit says and what would be done; nothing is registered' },
} as const satisfies Flags

export interface UnitValues {
  'from-unit'?: string | undefined
  user?: string | undefined
  identity?: string | undefined
  port?: string | undefined
  'known-hosts'?: string | undefined
  'accept-new'?: boolean | undefined
  'dry-run'?: boolean | undefined
  name?: string | undefined
  profile?: string | undefined
  batch?: string | undefined
}

/** What a unit was found to be, and what became of it; `missing`: what could not be learnt, and why. */
export type AdoptedUnit = UnitAdoption & { missing: string[]; fingerprints: string[]; said: object }

/** Asks a unit what it is and has the server take it in. Nothing is changed there. @throws Refusal, ProblemError */
export async function adoptFromUnit(
  client: Client,
  address: string,
  values: UnitValues,
  run: (access: SshAccess, script: string) => Promise<string> = runOverSsh,
): Promise<AdoptedUnit> {
  const { user, identity, port, 'known-hosts': knownHosts, 'accept-new': acceptNew, 'dry-run': dryRun = false } = values
  const mark = `-- ${randomUUID()}`
  const read = readFacts(await run({ address, user, identity, port, knownHosts, acceptNew }, factsScript(mark)), mark)
  if (!read)
    throw new Refusal(`${address} did not tell what it is; a POSIX shell with head, cat and uname is needed there`)
  const { body, missing, fingerprints } = read
  if (!body.serial && !body.uuid && (body.macs ?? []).length === 0)
    throw new Refusal(`${address} tells nothing by which it could be known again`, 1, missing)
  const wishes = defined({ name: values.name, profile: values.profile, batch: values.batch })
  const reply = await client('adoptUnit', { body: { ...body, ...wishes, dryRun } })
  return { ...reply, missing, fingerprints, said: body }
}

const resultWords = {
  new: 'a node of its own',
  joined: 'a node that was there',
  known: 'adopted before; nothing was changed',
  older: 'older than what is known; nothing was changed',
  untouched: 'not written to; nothing was changed',
} satisfies Record<UnitAdoption['result'], string>

export function renderUnit(
  { node, result, dryRun, image, digest, missing, fingerprints, said }: AdoptedUnit,
  screen?: Screen,
) {
  const { serial, uuid, macs, osVersion, k3s } = said as Record<string, string | undefined> & { macs?: string[] }
  const compared = {
    equal: 'the one that is published here',
    differs: `differs from the one of that name here (${image?.published?.slice(0, 12)})`,
    unknown: image ? 'no image of that name here' : '',
  }[digest]
  return fields(
    [
      ['node', node?.name ?? 'would be a new one'],
      [dryRun ? 'it would be' : 'it is', resultWords[result]],
      ['serial', serial],
      ['UUID', uuid],
      ['MACs', macs?.join(', ')],
      ['OS', osVersion],
      ['K3s', k3s],
      ['image', image ? `${image.name} (manifest ${image.manifestSha256.slice(0, 12)}): ${compared}` : null],
      ...fingerprints.map((each): [string, string] => ['host key', each]),
      ...missing.map((each): [string, string] => ['not known', each]),
    ],
    screen,
  )
}
