import { cloudConfigFault, cloudConfigWarnings, networkConfigFault } from '@eims/cloud-config'
import { Finish, ProblemError, type Profile, type ProfileInput, PublicProfile } from '@eims/contracts'
import {
  audit,
  createProfile,
  deleteProfile,
  ensureSite,
  getProfile,
  listProfiles,
  replaceProfile,
} from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import type { Engine } from '../engine/engine.ts'
import { withStorable } from './config-files.ts'
import { checkIfMatch } from './etag.ts'
import { serve } from './routes.ts'

/** The audit log gets profiles in their public form, without the account's password hash. */
export function profileRoutes(app: FastifyInstance, { registry, waits }: Engine): void {
  const { db } = registry
  serve(app, 'listProfiles', async ({ query }) => {
    const { items, ...page } = await listProfiles(db, query)
    return { ...page, items: items.map(withWarnings) }
  })
  serve(app, 'getProfile', async ({ params }) => withWarnings(await getProfile(db, params.id)))
  serve(app, 'addProfile', async ({ body, request }) => {
    checkDocuments(body)
    return registry.transaction(async (tx) => {
      const input = await withStorable(tx, 'profile', null, body)
      const profile = await createProfile(tx, (await ensureSite(tx)).id, input)
      const after = PublicProfile.parse(profile)
      await audit(tx, { actor: request.actor, action: 'profile.add', of: profile, after })
      return withWarnings(profile)
    })
  })
  serve(app, 'putProfile', async ({ params, body, request }) => {
    checkDocuments(body)
    const replaced = await registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'profile', params.id)
      const before = PublicProfile.parse(await getProfile(tx, params.id))
      const profile = await replaceProfile(tx, params.id, await withStorable(tx, 'profile', before.id, body))
      const after = PublicProfile.parse(profile)
      await audit(tx, { actor: request.actor, action: 'profile.replace', of: profile, before, after })
      return withWarnings(profile)
    })
    waits.wakeAll()
    return replaced
  })
  serve(app, 'deleteProfile', async ({ params, request }) =>
    registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'profile', params.id)
      const before = PublicProfile.parse(await getProfile(tx, params.id))
      await deleteProfile(tx, params.id)
      await audit(tx, { actor: request.actor, action: 'profile.delete', of: before, before })
      return null
    }),
  )
}

function checkDocuments({ cloudConfig, networkConfig }: ProfileInput): void {
  const faults = [
    ['body.cloudConfig', cloudConfig === undefined ? null : cloudConfigFault(cloudConfig)],
    ['body.networkConfig', networkConfig === undefined ? null : networkConfigFault(networkConfig)],
  ] as const
  for (const [path, message] of faults)
    if (message) throw new ProblemError('invalid-input', `${path} ${message}`, [{ path, message }])
}

/** Whether the machine is off, or waits, before its OS ran. */
const leavesUnreported = (finish: Finish) => finish === Finish.enum.poweroff || finish === Finish.enum.hold

/** A profile as a person is shown it: with what it says in vain, where it says any. */
function withWarnings(profile: Profile): Profile & Pick<PublicProfile, 'warnings'> {
  const warnings = [
    ...cloudConfigWarnings(profile.cloudConfig ?? '#cloud-config\n'),
    ...(profile.standalone && leavesUnreported(profile.finish)
      ? [
          `finish ${profile.finish} leaves a standalone unit with what the server put on it: only an OS that ran takes it away`,
        ]
      : []),
  ]
  return warnings.length > 0 ? { ...profile, warnings } : profile
}
