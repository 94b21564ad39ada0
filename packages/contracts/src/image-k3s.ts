import { z } from 'zod'
import { named } from './component.ts'

/** As K3s counts its releases, or none. */
const K3S_VERSION = /^(?:none|v\d{1,3}\.\d{1,3}\.\d{1,3}(?:-[0-9A-Za-z.]{1,16})?\+k3s\d{1,3})$/

/** What kept `images add` from looking for K3s in all of an image. */
export const K3sUnseen = z.enum(['file-system', 'took-too-long', 'unreadable'])
export type K3sUnseen = z.infer<typeof K3sUnseen>

/** K3s as `images add` found it in an image. */
export const ImageK3s = z.object({
  /** `unknown`: not all of the image could be looked into */
  found: z.enum(['yes', 'no', 'unknown']),
  /** `v1.33.5+k3s1`; null: its binary does not say, or there is none */
  version: z.string().max(64).nullable(),
  /** of its binary; null: there is none where it is looked for */
  path: z.string().max(512).nullable(),
  /** whether the script is there by which it is installed without a network (/opt/install.sh) */
  installScript: z.boolean(),
  /** archives of container images that it is given without a network */
  archives: z.array(z.string().max(512)).max(64),
  /** what kept us from looking into all of it; null: nothing */
  why: K3sUnseen.nullable(),
  /** kinds of what we cannot look into */
  fileSystems: z.array(z.string().max(32)).max(16),
})
export type ImageK3s = z.infer<typeof ImageK3s>

/** What a person says of the K3s of an image: its version, or that there is none. */
export const K3sSaid = z.string().regex(K3S_VERSION, 'must be a version such as v1.33.5+k3s1, or none')

/** What a person may set of an image. */
export const ImagePatch = z.strictObject({
  /** counts before what was found; null: what was found counts */
  k3sVersion: K3sSaid.nullable(),
})
export type ImagePatch = z.infer<typeof ImagePatch>

/** What is known of the K3s that an image brings along. */
export interface KnownK3s {
  /** `yes`: the binary and the script that installs it; `no`: nothing would install it; else nobody knows */
  has: 'yes' | 'no' | 'unknown'
  /** null: not known */
  version: string | null
}

/** PURE: of an image; what a person says counts before what was found. */
export function knownK3s({
  facts,
  k3sVersion,
}: {
  facts: { k3s?: ImageK3s | undefined } | null
  k3sVersion: string | null
}): KnownK3s {
  if (k3sVersion === 'none') return { has: 'no', version: null }
  if (k3sVersion !== null) return { has: 'yes', version: k3sVersion }
  const k3s = facts?.k3s
  if (!k3s) return { has: 'unknown', version: null }
  const { path, installScript, version, why } = k3s
  if (path !== null && installScript) return { has: 'yes', version }
  // a script alone may bring the binary, which may also lie where nobody looks
  return { has: installScript || why !== null ? 'unknown' : 'no', version }
}

named({ ImageK3s, ImagePatch })
