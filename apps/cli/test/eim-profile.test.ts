import { type Client, type Image, ProblemError, ProfileInput, type PublicProfile } from '@eims/contracts'
import t from 'tap'
import { applyProfile, imageUrl } from '../src/eim-profile/apply.ts'
import { type ReadProfile, readEimProfiles } from '../src/eim-profile/read.ts'

const standalone = `appVersion: apps/v1
metadata:
  release: 3.0.20260602
  standalone-node: true
spec:
  name: Edge Microvisor Toolkit Standalone 3.0.20260602
  type: OS_TYPE_IMMUTABLE
  provider: OS_PROVIDER_KIND_INFRA
  architecture: x86_64
  profileName: microvisor-standalone
  osImageUrl: files-edge-orch/repository/microvisor/non_rt/edge-readonly-3.0.20260602.2200-prod-signed.raw.gz
  osImageVersion: 3.0.20260602.2200
  osImageSha256: 6f7aef82000000000000000000000000000000000000000000000000000c056f
  osPackageManifestURL: files-edge-orch/repository/microvisor/non_rt/edge-readonly-manifest.json
  osExistingCvesURL: /files-edge-orch/microvisor/existing-cves.json
  osFixedCvesURL: /files-edge-orch/microvisor/fixed-cves.json
  securityFeature: SECURITY_FEATURE_NONE
  description: Immutable, for nodes without an orchestrator
  platformBundle:
`
const ubuntu = `appVersion: apps/v1
metadata:
  kernelversion: 6.11
spec:
  name: Ubuntu 24.04.2 LTS
  type: OS_TYPE_MUTABLE
  provider: OS_PROVIDER_KIND_INFRA
  architecture: x86_64
  profileName: ubuntu-24.04-lts
  osImageUrl: https://cloud-images.ubuntu.com/noble/20250430/noble-server-cloudimg-amd64.img
  osImageVersion: 24.04.2
  osImageSha256: bc471ca400000000000000000000000000000000000000000000000000009e2d
  securityFeature: SECURITY_FEATURE_SECURE_BOOT_AND_FULL_DISK_ENCRYPTION
  platformBundle:
    installerScript: ""
    cloudInitScript: files/cloud-init.cfg
  notOfThisWorld: 1
shelf: A7
`

await t.test('EIM’s own profiles are read field by field, also several in one file', async (t) => {
  const { profiles, problems } = readEimProfiles(`${standalone}---\n${ubuntu}`, 'both.yaml')
  t.strictSame(problems, [])
  t.strictSame(profiles, [
    {
      where: 'both.yaml, document 1',
      profile: {
        name: 'microvisor-standalone',
        description: 'Edge Microvisor Toolkit Standalone 3.0.20260602: Immutable, for nodes without an orchestrator',
        type: 'immutable',
        securityFeature: 'none',
        version: '3.0.20260602.2200',
        metadata: { release: '3.0.20260602', 'standalone-node': 'true' },
        standalone: true,
        architecture: 'x86_64',
        source: {
          provider: 'infra',
          imageUrl: 'files-edge-orch/repository/microvisor/non_rt/edge-readonly-3.0.20260602.2200-prod-signed.raw.gz',
          imageSha256: '6f7aef82000000000000000000000000000000000000000000000000000c056f',
          packageManifestUrl: 'files-edge-orch/repository/microvisor/non_rt/edge-readonly-manifest.json',
          existingCvesUrl: '/files-edge-orch/microvisor/existing-cves.json',
          fixedCvesUrl: '/files-edge-orch/microvisor/fixed-cves.json',
          platformBundle: null,
          tlsCaCertificate: null,
        },
      },
      image: {
        name: 'microvisor-standalone-3.0.20260602.2200',
        sha256: '6f7aef82000000000000000000000000000000000000000000000000000c056f',
      },
      unknown: [],
    },
    {
      where: 'both.yaml, document 2',
      profile: {
        name: 'ubuntu-24.04-lts',
        description: 'Ubuntu 24.04.2 LTS',
        type: 'mutable',
        securityFeature: 'secure-boot-and-full-disk-encryption',
        version: '24.04.2',
        metadata: { kernelversion: '6.11' },
        architecture: 'x86_64',
        source: {
          provider: 'infra',
          imageUrl: 'https://cloud-images.ubuntu.com/noble/20250430/noble-server-cloudimg-amd64.img',
          imageSha256: 'bc471ca400000000000000000000000000000000000000000000000000009e2d',
          packageManifestUrl: null,
          existingCvesUrl: null,
          fixedCvesUrl: null,
          platformBundle: { cloudInitScript: 'files/cloud-init.cfg' },
          tlsCaCertificate: null,
        },
      },
      image: {
        name: 'ubuntu-24.04-lts-24.04.2',
        sha256: 'bc471ca400000000000000000000000000000000000000000000000000009e2d',
      },
      unknown: ['shelf', 'spec.notOfThisWorld'],
    },
  ])
  for (const { profile, image } of profiles)
    t.ok(ProfileInput.safeParse({ ...profile, image: image.name }).success, 'the server takes it')
})

await t.test('every mistake is said, with its field', async (t) => {
  const says = (text: string) => readEimProfiles(text, 'p.yaml').problems.join('\n')
  t.match(says(''), 'p.yaml: holds no OS profile')
  t.match(says('spec: ['), /is not valid YAML/)
  t.match(says('- a'), /is not a map/)
  t.match(says('apiVersion: v1\nkind: ConfigMap'), /spec is missing; this is no OS profile/)
  t.match(says(standalone.replace('apps/v1', 'apps/v2')), /appVersion is "apps\/v2"/)
  const wrong = ubuntu
    .replace('OS_TYPE_MUTABLE', 'OS_TYPE_SOFT')
    .replace(/osImageSha256: .*/, 'osImageSha256: abc')
    .replace('profileName: ubuntu-24.04-lts', 'profileName: "../etc"')
    .replace('architecture: x86_64', 'architecture: riscv')
    .replace(/osImageUrl: .*/, 'tlsCaCertificate: nonsense')
    .replace('kernelversion: 6.11', 'kernelversion: [6, 11]')
  for (const field of [
    'type is OS_TYPE_SOFT',
    'osImageSha256 must',
    'profileName is',
    'architecture is riscv',
    'osImageUrl is missing',
    'tlsCaCertificate is neither',
  ])
    t.match(says(wrong), new RegExp(`spec\\.${field}`))
  t.match(says(wrong), /metadata\.kernelversion is not a text/)
  t.equal(readEimProfiles(wrong, 'p.yaml').profiles.length, 0)
})

await t.test('a relative image address needs a base', async (t) => {
  const [read] = readEimProfiles(standalone, 'p.yaml').profiles as [ReadProfile]
  t.throws(() => imageUrl(read, undefined), /is relative; say where it is with --image-base URL/)
  t.throws(() => imageUrl(read, 'ftp://files/'), /begins with http/)
  t.match(imageUrl(read, 'http://files.example/mirror'), /^http:\/\/files\.example\/mirror\/files-edge-orch\/repo/)
})

/** A server of two maps. */
function server() {
  const images = new Map<string, Image>()
  const profiles = new Map<string, PublicProfile>()
  const calls: string[] = []
  const orNotFound = <T>(value: T | undefined) => {
    if (value === undefined) throw new ProblemError('not-found', 'no such')
    return value
  }
  const store = (body: ProfileInput) => {
    const { config, ...rest } = ProfileInput.parse(body)
    const stored = {
      ...rest,
      ...(config ? { config } : {}),
      id: body.name,
      isDefault: false,
      createdAt: '2026-11-20T10:00:00.000Z',
      updatedAt: '2026-11-20T10:00:00.000Z',
    }
    profiles.set(body.name, stored)
    return stored
  }
  const client = (async (name: string, { params, body }: { params?: { id: string }; body?: never }) => {
    if (name.startsWith('get')) return orNotFound((name === 'getImage' ? images : profiles).get(params!.id))
    calls.push(name)
    if (name === 'addProfile' || name === 'putProfile') return store(body!)
    if (name === 'deleteImage') return images.delete(params!.id)
    const { sha256, ...described } = body as unknown as { name: string; sha256: string }
    const image = { ...described, id: described.name, state: 'ready', sourceSha256: sha256 } as Image
    images.set(image.name, image)
    return image
  }) as unknown as Client
  return { client, images, profiles, calls }
}

await t.test('applied twice changes nothing; a new version brings its image and keeps what people set', async (t) => {
  const { client, images, profiles, calls } = server()
  const apply = (text: string) => {
    const [read] = readEimProfiles(text, 'p.yaml').profiles as [ReadProfile]
    return applyProfile(client, read, {
      source: { url: imageUrl(read, undefined) },
      ready: async (image) => image,
      finish: 'hold',
    })
  }
  t.match(await apply(ubuntu), { result: 'created', imageResult: 'added', unknown: ['shelf', 'spec.notOfThisWorld'] })
  t.equal(profiles.get('ubuntu-24.04-lts')?.finish, 'hold')
  t.match(await apply(ubuntu), { result: 'unchanged', imageResult: 'kept' })
  t.strictSame(calls, ['addImage', 'addProfile'])
  profiles.set('ubuntu-24.04-lts', { ...profiles.get('ubuntu-24.04-lts')!, finish: 'poweroff', kernelArgs: 'quiet' })
  const next = ubuntu.replaceAll('24.04.2', '24.04.3').replace('bc471ca4', 'bc471ca5')
  t.match(await apply(next), { result: 'updated', image: 'ubuntu-24.04-lts-24.04.3', imageResult: 'added' })
  t.match(profiles.get('ubuntu-24.04-lts'), {
    finish: 'poweroff',
    kernelArgs: 'quiet',
    version: '24.04.3',
    image: 'ubuntu-24.04-lts-24.04.3',
  })
  await t.rejects(apply(next.replace('bc471ca5', 'bc471ca6')), /a changed image needs another osImageVersion/)
  images.set('ubuntu-24.04-lts-24.04.3', { ...images.get('ubuntu-24.04-lts-24.04.3')!, state: 'failed' })
  t.match(await apply(next), { result: 'unchanged', imageResult: 'added' }, 'a failed image is fetched again')
})
