import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { mediaTools } from '../../src/boot-media/tools.ts'
import { placesOf } from '../../src/up/places.ts'

const RUNTIME = 'd'.repeat(64)

/** Boot files of a bundle in `root`, each with a few bytes of its own: as much as a medium's writer looks at; its tools are real. */
export async function mediumArtifacts(root: string): Promise<string> {
  const files = {
    '.bundled': '',
    'artifacts/shim/shimx64.efi': 'shim',
    'artifacts/shim/gcdx64.efi': 'GRUB',
    'artifacts/x86_64/vmlinuz': 'the kernel',
    'artifacts/x86_64/initrd.zst': 'the Micro-OS',
    'artifacts/x86_64/manifest.json': JSON.stringify({ tools: {}, runtime: { sha256: RUNTIME, size: 11_000 } }),
    [`artifacts/x86_64/tools/${RUNTIME}`]: 'the runtime',
    'artifacts/medium/agent.mjs': 'the agent',
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), name.endsWith('.json') ? text : text.repeat(1000))
  }
  await symlink(mediaTools(placesOf(process.env)).file('.'), join(root, 'artifacts/media-tools'))
  return join(root, 'artifacts')
}
