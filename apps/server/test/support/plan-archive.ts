/*
 * Run as a program by the agent's tests: `node plan-archive.ts FILE ARCHITECTURE FOLDER` adds a tar archive as the service does, makes
 * the plan of a template with archive2disk, and prints the arguments of its action that unpacks it, as JSON. The chunks lie in
 * FOLDER/chunks by their digests.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Architecture, Finish, type Image } from '@eims/contracts'
import { sample } from '@eims/tinkerbell'
import { buildPlan } from '@eims/workflow'
import { planFor, planImage, withImages } from '../../src/engine/template-steps.ts'
import { anArchiveTemplate } from './a-template.ts'
import { bench } from './sample-disk.ts'

const [, , file = '', architecture, folder = ''] = process.argv
const { store, convert } = await bench(folder)
const { manifest, facts, ...made } = await convert(file, { architecture: Architecture.parse(architecture) })
await mkdir(join(folder, 'chunks'))
for (const digest of [made.manifestSha256, ...manifest.frames.map(({ sha256 }) => sha256)])
  await writeFile(join(folder, 'chunks', digest), await store.read(digest))

const sourceUrl = 'https://images.example/rootfs.tar.gz'
const { architecture: of, rawSize, rawSha256 } = manifest
const image: Image = {
  id: 'rootfs',
  name: 'rootfs',
  state: 'ready',
  reason: null,
  progress: 1,
  architecture: of,
  sourceUrl,
  rawSize,
  rawSha256,
  frameCount: manifest.frames.length,
  k3sVersion: null,
  facts,
  warnings: [],
  createdAt: new Date(0).toISOString(),
  ...made,
}
const text = anArchiveTemplate(sourceUrl, made.sourceSha256)
const read = planFor({ name: 'flow', text, report: null }, sample)
if ('reason' in read) throw new Error(JSON.stringify(read.reason))
const steps = withImages(read.planned, [image], { workflow: 'flow', own: image })
if ('reason' in steps) throw new Error(JSON.stringify(steps.reason))
const { actions } = buildPlan({
  profile: { finish: Finish.enum.reboot, growRoot: true, workflow: steps.actions },
  bootOrder: 'disk',
  image: planImage(image),
  images: steps.images,
  overwrite: { allowed: false, reason: { code: 'nobody-registered-it', slots: {} } },
  seed: { metaData: '', userData: '', vendorData: '', networkConfig: '' },
  label: 'eims',
})
console.log(JSON.stringify(actions.find(({ name }) => name === 'unpack root')?.with))
