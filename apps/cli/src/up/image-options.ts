import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { bytes, LEAST_KEPT_FREE, MOST_KEPT_FREE } from '@eims/contracts'
import { Refusal } from '../refusal.ts'
import { sizeOf } from '../size.ts'

/** Flags about images, for parseArgs. */
export const imageFlags = {
  'image-folder': { type: 'string', multiple: true },
  'keep-free': { type: 'string' },
} as const

/** The same for the service. Throws a Refusal when a folder is none, or a size. */
export function imageArguments(values: {
  'image-folder'?: string[] | undefined
  'keep-free'?: string | undefined
}): string[] {
  const kept = keepFree(values['keep-free'])
  return [
    ...(values['image-folder'] ?? []).flatMap((folder) => {
      if (!folder || !statSync(resolve(folder), { throwIfNoEntry: false })?.isDirectory())
        throw new Refusal(
          `--image-folder must name a folder with image files; ${folder || 'the empty name'} is none`,
          2,
        )
      return ['--image-folder', resolve(folder)]
    }),
    ...(kept === null ? [] : ['--keep-free', String(kept)]),
  ]
}

/** Bytes of `--keep-free`; null when it is not given. @throws Refusal */
export function keepFree(text: string | undefined): number | null {
  if (text === undefined) return null
  const size = sizeOf('keep-free', text)
  if (size < LEAST_KEPT_FREE || size > MOST_KEPT_FREE)
    throw new Refusal(`--keep-free must be from ${bytes(LEAST_KEPT_FREE)} to ${bytes(MOST_KEPT_FREE)}, not ${text}`, 2)
  return size
}
