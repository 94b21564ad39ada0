/**
 * The file name that a machine is told when it may not boot from the network: no such file exists. It stands on the
 * machine's screen and in the TFTP log, so it says why; TFTP and HTTP refuse it by `isDeniedFile`, and the firmware
 * fails at once where silence would keep it waiting for minutes.
 */
const DENIED = 'netboot-denied'
/** The name must fit `file` with `<mac>/` before it, and a screen of 80 columns beside the firmware's own words. */
const SLUG_MAX = 48

/** `netboot-denied-returned-to-the-vendor` for `Returned to the vendor!`; the bare prefix when nothing can be said. */
export function deniedFile(reason: string): string {
  const slug = reason
    .slice(0, 4 * SLUG_MAX)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, SLUG_MAX)
    .replace(/^-+|-+$/g, '')
  return slug ? `${DENIED}-${slug}` : DENIED
}

/** Whether a file name or a URL's path, with or without folders before it, is one that `deniedFile` made. */
export function isDeniedFile(name: string): boolean {
  return /(?:^|\/)netboot-denied(?:-[a-z0-9-]*)?$/.test(name)
}

/** What to say to who asks for such a file: `network boot denied: returned to the vendor`. */
export function deniedText(name: string): string {
  const slug = name.slice(name.lastIndexOf('/') + 1).slice(DENIED.length + 1)
  return slug ? `network boot denied: ${slug.replaceAll('-', ' ')}` : 'network boot denied'
}
