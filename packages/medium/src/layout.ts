/*
 * A medium that installs without a server: what is its own stands in a GPT partition of its own type, outside of every file
 * system, so that no file system's limits, drivers or repairs touch it. Bytes from the start of that partition:
 *
 *   0            superblock, one page: where the rest is, and the directory's SHA-256
 *   1 MiB        reserved: what `customize` writes; zeros on a pristine medium
 *   2 MiB        reports: what installations append; zeros on a pristine medium
 *   6 MiB        directory (JSON): profiles, and the blobs in the order in which they follow
 *   then         the blobs, each from a whole sector on
 *
 * The superblock's digest names the medium: it covers the directory, that covers each blob and all bytes in front of the
 * partition, boot loaders, kernel and Micro-OS among them. Only the two areas are outside of it.
 */

export const MIB = 1024 * 1024
export const PAGE = 4096
/** Blobs begin at multiples of it. */
export const SECTOR = 512

/** GPT partition type of such a partition; made for this, it means nothing to any system. */
export const MEDIUM_TYPE = '9a3f6b1e-5d27-4c80-9e41-65696d73696e'

export const SUPERBLOCK = { offset: 0, length: PAGE } as const
export const RESERVED = { offset: MIB, length: MIB } as const
export const REPORTS = { offset: 2 * MIB, length: 4 * MIB } as const
export const DIRECTORY_OFFSET = 6 * MIB

/** A directory of a hundred thousand blobs has 8 MB; more is refused. */
export const MAX_DIRECTORY = 32 * MIB

/** PURE: the next multiple of `step`. */
export const upTo = (offset: number, step: number): number => Math.ceil(offset / step) * step
