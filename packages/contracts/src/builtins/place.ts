import { z } from 'zod'

/** Linux's names of file systems, as mount(8) takes them. */
export const FsType = z.string().regex(/^[a-z][a-z\d.]{1,15}$/, 'must be a file system type, as ext4')

/** A file system on the chosen disk: of what a machine has, an action touches no other disk. */
export const place = {
  /**
   * number of the partition as the kernel counts; 0: the disk itself, which has no partition table; null: the one that
   * holds an OS, which has /etc
   */
  partition: z.number().int().min(0).max(256).nullable(),
  /** null: what is there */
  fsType: FsType.nullable(),
}

/** An absolute path inside of an installed system; no `..`, no end in `/`. */
export const InnerPath = z
  .string()
  .max(4096)
  .regex(/^(?:\/(?!\.{1,2}(?:\/|$))[^/\0]+)+$/, 'must be an absolute path without . and ..')

/** Permission bits as they are written, in octal digits. */
export const Octal = z.string().regex(/^0?[0-7]{1,4}$/, 'must be an octal mode, as 0644')

/** The number of a user or a group. */
export const Id = z.number().int().min(0).max(4_294_967_294)
