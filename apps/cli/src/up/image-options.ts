import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { Refusal } from '../refusal.ts'

/** Flags about images, for parseArgs. */
export const imageFlags = { 'image-folder': { type: 'string', multiple: true } } as const

/** The same for the service. Throws a Refusal when a folder is none. */
export function imageArguments(values: { 'image-folder'?: string[] | undefined }): string[] {
  return (values['image-folder'] ?? []).flatMap((folder) => {
    if (!folder || !statSync(resolve(folder), { throwIfNoEntry: false })?.isDirectory())
      throw new Refusal(`--image-folder must name a folder with image files; ${folder || 'the empty name'} is none`, 2)
    return ['--image-folder', resolve(folder)]
  })
}
