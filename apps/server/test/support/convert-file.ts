/*
 * Run as a program by `npm run bench -- convert`: `node convert-file.ts FILE FORMAT FOLDER` converts an image file as the
 * service does, into a blob store in the folder, and prints seconds and its peak memory in MiB as JSON.
 */

import { join } from 'node:path'
import { ImageFormat } from '@eims/contracts'
import { convertImage, openBlobStore, openSource, spaceBeside } from '@eims/image'

const [, , path = '', format, folder = ''] = process.argv
const begun = performance.now()
const { manifest, storedSize } = await convertImage({
  source: () => openSource(path),
  format: ImageFormat.parse(format),
  architecture: 'x86_64',
  store: await openBlobStore(folder),
  tempDir: join(folder, 'temp'),
  space: spaceBeside(0),
})
console.log(
  JSON.stringify({
    seconds: (performance.now() - begun) / 1000,
    storedSize,
    frames: manifest.frames.length,
    megabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
)
