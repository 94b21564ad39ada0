import type { Site } from '@eims/contracts'
import { urlFor } from '../urls.ts'
import { autoexecFor, autoexecScript } from './autoexec.ts'
import { GRUB_CFG, grubConfig } from './grub.ts'

/** A boot file that is written for whoever reaches us under that base URL; null: the name is none of those. */
export type Generated = (name: string, base: string) => string | null

/** The boot files that no package brings: what an iPXE of ours and what shim's GRUB look for first. */
export const generatedFor =
  (
    of: { site: () => Parameters<typeof autoexecFor>[0] & Pick<Site, 'https'>; httpsPort: number },
    loadedBy: 'tftp' | 'http',
  ): Generated =>
  (name, base) => {
    if (name === GRUB_CFG) return grubConfig({ decisionUrl: urlFor(base, '/boot/grub') })
    if (name !== 'autoexec.ipxe') return null
    return autoexecScript(autoexecFor(of.site(), { base, httpsPort: of.httpsPort, loadedBy }))
  }
