import type { Field } from '@eims/placed-yaml'
import { syntaxFault } from '@eims/template'

/** What K3s renders containerd's configuration from. */
export const isContainerdTemplate = (path: string): boolean =>
  /^\/var\/lib\/rancher\/k3s\/agent\/etc\/containerd\/config(?:-v3)?\.toml\.tmpl$/.test(path)

/**
 * A template of containerd's configuration as Go can parse it. The published ones have their quotes escaped, as if the
 * text stood in quotes once more; K3s refuses `{{ template \"base\" . }}`, and then containerd does not start.
 * @param isSecret what is wrong with it is not quoted
 * @returns null, and it is told, when it cannot be mended
 */
export function readContainerdTemplate(text: string, field: Field, isSecret: boolean): string | null {
  const fault = syntaxFault(text)
  if (!fault) return text
  const unescaped = text.replaceAll(String.raw`\"`, '"')
  if (unescaped === text || syntaxFault(unescaped))
    return field.mistake(
      `K3s cannot parse the template: line ${fault.line} of it${isSecret ? '' : `, ${fault.sentence}`}`,
      'Mend it: it is a template of Go’s text/template.',
    )
  field.warning(
    String.raw`Go cannot parse {{ … \" … }}, and containerd would not start: every \" of the file is read as "`,
    'Write the quotes without a backslash.',
  )
  return unescaped
}
