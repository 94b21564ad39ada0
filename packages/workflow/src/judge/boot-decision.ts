import type { Architecture, BootDecision, Judgement, Reason } from '@eims/contracts'

/** Seconds until a machine that waits in its firmware asks again. */
const RETRY_SECONDS = 15

/**
 * PURE: what a machine is sent to do in its firmware. It waits in the Micro-OS, where a person sees it and a decision of
 * theirs takes effect at once; where there is none for it, in the firmware.
 * @param about.microOs architectures whose Micro-OS can be handed out
 */
export function bootDecision(
  { kind, reason }: Judgement,
  about: {
    nodeId: string | null
    architecture: Architecture | null
    microOs: readonly Architecture[]
    kernelArgs: string
  },
): BootDecision {
  const { nodeId, architecture, microOs, kernelArgs } = about
  if (kind === 'local-disk' || kind === 'refused') return { kind, nodeId, reason }
  if (architecture !== null && microOs.includes(architecture))
    return kind === 'provision'
      ? { kind, nodeId, architecture, kernelArgs, reason }
      : { kind, where: 'micro-os', nodeId, architecture, reason, retrySeconds: RETRY_SECONDS }
  const besides = kind === 'wait' ? reason : null
  return waitInFirmware(
    architecture === null
      ? { code: 'no-architecture', slots: { besides } }
      : { code: 'no-micro-os', slots: { architecture, besides } },
    { nodeId, architecture },
  )
}

/** PURE: ask again from the boot script, as where the registry cannot be asked: never image. */
export function waitInFirmware(
  reason: Reason,
  { nodeId = null, architecture = null }: { nodeId?: string | null; architecture?: Architecture | null } = {},
): BootDecision {
  return { kind: 'wait', where: 'firmware', nodeId, architecture, reason, retrySeconds: RETRY_SECONDS }
}
