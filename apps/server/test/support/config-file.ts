import { addDefaultProfile, type Site } from './site.ts'

/** A config-file that says this of the OS; lines of YAML. */
export const file = (text: string) => `version: 1.0\noperatingSystem:\n${text.replace(/^(?=.)/gm, '  ')}`

/** A profile, a batch and a node of it, for config-files to be set on. */
export async function oneOfEach(site: Site) {
  await addDefaultProfile(site.db)
  await site.api('addBatch', { body: { name: 'lot' } })
  await site.api('addNode', { body: { name: 'one', serial: 'SN-1', batch: 'lot' } })
}

/** Sets the config-file of one of them, or of the site. */
export const set = async (site: Site, of: 'site' | 'batch' | 'profile' | 'node', config: string): Promise<unknown> => {
  if (of === 'site') return site.api('patchSite', { body: { config } })
  if (of === 'batch') return site.api('putBatch', { params: { id: 'lot' }, body: { name: 'lot', config } })
  if (of === 'node') return site.api('patchNode', { params: { id: 'one' }, body: { config } })
  return site.api('putProfile', { params: { id: 'debian' }, body: { name: 'debian', image: 'debian-image', config } })
}
