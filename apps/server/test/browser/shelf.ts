import type { ImageFacts } from '@eims/contracts'
import { createImage, failImage, finishImage, setImageProgress } from '@eims/registry'
import { MiB } from '../support/sample-disk.ts'
import { DIGEST, type Site } from '../support/site.ts'

const facts = (more: Partial<ImageFacts> = {}): ImageFacts => ({
  table: 'gpt',
  sectorSize: 512,
  size: 3_758_096_384,
  usedEnd: 3_757_047_808,
  tail: 16_896,
  freeEntries: 125,
  hasSeedPartition: false,
  esp: {
    partition: 15,
    loaders: ['\\EFI\\BOOT\\BOOTX64.EFI', '\\EFI\\debian\\shimx64.efi', '\\EFI\\debian\\grubx64.efi'],
  },
  bios: { code: true, partition: 14 },
  faults: [],
  k3s: {
    found: 'no',
    version: null,
    path: null,
    installScript: false,
    archives: [],
    why: null,
    fileSystems: [],
  },
  ...more,
})

const shim = '\\EFI\\BOOT\\BOOTX64.EFI'
/** Of an image whose shim Microsoft signed in 2011 only. */
export const signedFacts = facts({
  esp: {
    partition: 15,
    loaders: [shim],
    signed: [
      {
        path: shim,
        digest: DIGEST,
        signatures: [
          {
            ca: 'microsoft-uefi-ca-2011',
            issuer: 'Microsoft Corporation UEFI CA 2011',
            names: ['Microsoft Corporation UEFI CA 2011'],
            whole: true,
          },
        ],
        fault: null,
      },
    ],
  },
})

const k3s: ImageFacts['k3s'] = {
  found: 'yes',
  version: 'v1.33.5+k3s1',
  path: '/usr/local/bin/k3s',
  installScript: true,
  archives: ['/var/lib/rancher/k3s/agent/images/k3s-airgap-images-amd64.tar.zst'],
  why: null,
  fileSystems: [],
}

/** Images in every state and profiles of them, as a site has them after some months. */
export async function fillShelf({ db, api }: Pick<Site, 'db' | 'api'>): Promise<void> {
  const image = async (name: string, format: 'raw' | 'xz' | 'qcow2' | 'zst' | 'archive', url?: string) =>
    (await createImage(db, { name, format, architecture: /arm64/.test(name) ? 'arm64' : 'x86_64', sourceUrl: url })).id
  const ready = async (name: string, format: 'raw' | 'xz' | 'qcow2' | 'archive', found: ImageFacts, url?: string) =>
    finishImage(db, await image(name, format, url), {
      sourceSha256: DIGEST,
      rawSha256: DIGEST,
      manifestSha256: DIGEST,
      rawSize: found.size,
      frameCount: Math.ceil(found.size / 4 / MiB),
      storedSize: Math.round(found.size * 0.23),
      facts: found,
    })
  await ready('debian-13-arm64', 'qcow2', facts({ esp: { partition: 15, loaders: ['\\EFI\\BOOT\\BOOTAA64.EFI'] } }))
  await ready('rootfs-tools', 'archive', facts({ archive: true, size: 412e6 }))
  const edge = 'https://images.example.com/edge/edge-k3s-2026.11.raw.xz'
  await ready('edge-k3s-2026.11', 'xz', facts({ size: 8_589_934_592, k3s }), edge)
  await failImage(db, await image('windows-kiosk', 'raw'), {
    code: 'image-format',
    slots: { format: 'vhdx', remedy: 'convert it with qemu-img convert -O qcow2' },
  } as never)
  await setImageProgress(db, await image('edge-k3s-2026.12', 'xz'), 0.64)
  await api('beginUpload', { body: { name: 'edge-lab', size: 48 * MiB, fingerprint: 'f' } })
  const { items } = await api('listUploads', {})
  const rawBody = new Uint8Array(20 * MiB)
  await api('sendUpload', { params: { id: items[0]!.id }, query: { offset: 0 } }, { rawBody })
  await db.$executeRaw`update image set created_at = created_at - make_interval(hours => abs(hashtext(name)) % 900) where state = 'ready'`
  const sshKeys = ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBmz9nQVeW1oqsUXpTA0rOtkxSGwqG4jYcMl0QnXhVdN marta@desk']
  await api('addProfile', {
    body: {
      name: 'edge-cluster',
      image: 'edge-k3s-2026.11',
      description: 'Shops in the north: one node each, with K3s',
      type: 'immutable',
      version: '2026.11',
      account: { userName: 'edge', sshKeys },
      disk: { match: 'SAMSUNG*', minSize: 240e9, rotation: 'ssd' },
      finish: 'poweroff',
      standalone: true,
      bootOrder: 'disk',
      config: 'operatingSystem:\n  ntpServers:\n    - 192.168.77.1\n',
      metadata: { 'team/owner': 'north' },
    },
  })
  await api('addProfile', {
    body: {
      name: 'arm-gateway',
      image: 'debian-13-arm64',
      architecture: 'arm64',
      description: 'Gateways at the edge of the hall',
      version: '13.2',
    },
  })
}
