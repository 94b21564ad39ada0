import { type Field, meant } from '@eims/placed-yaml'

/**
 * The fields of a mapping by the names of `known`. Go's JSON takes a name in any case and a Kubernetes API server does
 * not: it drops `kubeApiServerArg`, which published templates have. Here it counts, with a warning. What is not known is
 * a mistake.
 * @param idle fields that say nothing to a single node, and what is told of them; '': they are not worth a word
 */
export function fieldsOf(
  field: Field,
  known: readonly string[],
  idle: Readonly<Record<string, string>> = {},
): Map<string, Field> {
  const names = new Map([...known, ...Object.keys(idle)].map((name) => [name.toLowerCase(), name]))
  const found = new Map<string, Field>()
  for (const [written, value] of field.fields() ?? []) {
    const name = names.get(written.toLowerCase())
    if (name === undefined) tellUnknown(value, written, known)
    else if (found.has(name)) value.mistake(`${written} is ${name} a second time`, 'Leave one of them out.')
    else {
      found.set(name, value)
      if (name !== written)
        value.warning(`${written} is read as ${name}; Kubernetes would drop a field in another case`, `Write ${name}.`)
      if (idle[name]) value.warning(idle[name], 'Leave it out.')
    }
  }
  return found
}

function tellUnknown(value: Field, written: string, known: readonly string[]): void {
  const near = meant(written, known)
  value.mistake(
    `There is no field ${written}${near ? `: did you mean ${near}?` : ''}`,
    near ? `Write ${near}, or leave it out.` : `Leave it out; there are ${known.join(', ')}.`,
  )
}
