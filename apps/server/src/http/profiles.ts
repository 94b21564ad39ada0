import { cloudConfigFault } from '@eims/cloud-config'
import { ProblemError, type ProfileInput, PublicProfile } from '@eims/contracts'
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
import { checkIfMatch } from './etag.ts'
import { serve } from './routes.ts'

/** The audit log gets profiles in their public form, without the account's password hash. */
export function profileRoutes(app: FastifyInstance, { registry, waits }: Engine): void {
  const { db } = registry
  serve(app, 'listProfiles', ({ query }) => listProfiles(db, query))
  serve(app, 'getProfile', ({ params }) => getProfile(db, params.id))
  serve(app, 'addProfile', async ({ body, request }) => {
    checkCloudConfig(body)
    return registry.transaction(async (tx) => {
      const profile = await createProfile(tx, (await ensureSite(tx)).id, body)
      const after = PublicProfile.parse(profile)
      await audit(tx, { actor: request.actor, action: 'profile.add', of: profile, after })
      return profile
    })
  })
  serve(app, 'putProfile', async ({ params, body, request }) => {
    checkCloudConfig(body)
    const replaced = await registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'profile', params.id)
      const before = PublicProfile.parse(await getProfile(tx, params.id))
      const profile = await replaceProfile(tx, params.id, body)
      const after = PublicProfile.parse(profile)
      await audit(tx, { actor: request.actor, action: 'profile.replace', of: profile, before, after })
      return profile
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

function checkCloudConfig({ cloudConfig }: ProfileInput): void {
  const fault = cloudConfig === undefined ? null : cloudConfigFault(cloudConfig)
  if (fault)
    throw new ProblemError('invalid-input', `body.cloudConfig ${fault}`, [{ path: 'body.cloudConfig', message: fault }])
}
