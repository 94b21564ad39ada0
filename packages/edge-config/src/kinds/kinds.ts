import { type Field, meant, type Notes, quoted } from '@eims/placed-yaml'
import { k3s } from './k3s.ts'
import type { Cluster, Kind, KubernetesContext } from './kind.ts'
import { none } from './none.ts'

const kinds: readonly Kind[] = [k3s, none]
export const kindNames = kinds.flatMap(({ names }) => names)

/** Without a section `kubernetes`: of `hostType: kubernetes`, and of an image that carries K3s. */
export const defaultCluster: Cluster = k3s.byDefault

/**
 * Reads the section `kubernetes`: a mapping with its kind, or the kind alone.
 * @returns null, and told, for what cannot be
 */
export function readKubernetes(field: Field, notes: Notes, context: KubernetesContext): Cluster | null {
  if (field.isEmpty) return defaultCluster
  const kindField = field.isText ? field : field.fields()?.get('kind')
  const name = kindField?.word()
  // a cluster manager's template holds the one with a kind, and a template without one is told as such
  if (!kindField || !name) return k3s.read(field, notes, context)
  const kind = kinds.find(({ names }) => names.includes(name))
  if (!kind) {
    const near = meant(name, kindNames)
    return kindField.mistake(
      `There is no kind ${quoted(name)} of cluster${near ? `: did you mean ${near}?` : ''}`,
      near ? `Write ${near}.` : `Write one of ${kindNames.join(', ')}.`,
    )
  }
  return field.isText ? kind.byDefault : kind.read(field, notes, context)
}
