/** What can be read at any place: a file, a disk, an optical drive. Offsets are bytes. */
export interface Readable {
  /** @throws when there are fewer bytes, or they cannot be read */
  read(offset: number, length: number): Promise<Buffer>
}

/** The medium, or a part of it, is none that can be read; the message says which and why, and begins with "it" or "its". */
export class Unreadable extends Error {}
