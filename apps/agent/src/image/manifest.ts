import { ImageManifest, type Inventory } from '@eims/contracts'
import { Failure } from '../failure.ts'
import type { FetchChunk } from './verified-chunks.ts'

/** A manifest of a million frames is below this; more is refused. */
const MAX_MANIFEST = 320 * 1024 * 1024

/**
 * Fetches the manifest, verified by its digest, and checks that it is what the plan says.
 * @throws Failure when it is not
 */
export async function fetchManifest(
  fetchChunk: FetchChunk,
  wanted: { manifestSha256: string; rawSize: number; architecture: Inventory['architecture'] },
  signal: AbortSignal,
): Promise<ImageManifest> {
  const bytes = await fetchChunk(wanted.manifestSha256, MAX_MANIFEST, signal)
  const manifest = parse(bytes, wanted.manifestSha256)
  if (manifest.rawSize !== wanted.rawSize)
    throw new Failure({ code: 'manifest-of-other-size', slots: { bytes: manifest.rawSize, plan: wanted.rawSize } })
  if (manifest.architecture !== wanted.architecture)
    throw new Failure({
      code: 'image-of-other-architecture',
      slots: { image: manifest.architecture, machine: wanted.architecture },
    })
  return manifest
}

function parse(bytes: Buffer, digest: string): ImageManifest {
  let json: unknown
  try {
    json = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new Failure({ code: 'manifest-unreadable', slots: { digest, text: 'it is not JSON' } })
  }
  const parsed = ImageManifest.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const text = `${issue?.path.join('.')} ${issue?.message}`
  throw new Failure({ code: 'manifest-unreadable', slots: { digest, text } })
}
