const END_BYTES = 1024 * 1024

/**
 * What tells a file from another version of it: its time and its ends, since all of it would be read twice. The command
 * line and the dashboard make the same of a file, so that each goes on with an upload that the other began.
 * @param modifiedAt milliseconds since 1970; what is below one does not count, for browsers do not tell it
 * @returns a SHA-256, 64 hexadecimal digits
 */
export async function fileFingerprint(file: Blob, modifiedAt: number): Promise<string> {
  const time = new TextEncoder().encode(String(Math.floor(modifiedAt)))
  const ends = [file.slice(0, END_BYTES), file.slice(-END_BYTES)].map((end) => end.arrayBuffer())
  const read = new Blob([time, ...(await Promise.all(ends))])
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await read.arrayBuffer()))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
