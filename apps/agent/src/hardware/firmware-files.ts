/**
 * Firmware files that drivers asked for in vain, out of the kernel's log.
 * Upstream says "Direct firmware load for NAME failed", Debian's kernel "firmware: failed to load NAME (-2)".
 */
export function missingFirmware(kernelLog: string): string[] {
  const pattern = /(?:Direct firmware load for|firmware: failed to load) (\S+)/g
  const names = [...kernelLog.matchAll(pattern)].map((match) => match[1]!.slice(0, 256))
  return [...new Set(names)].slice(0, 64)
}
