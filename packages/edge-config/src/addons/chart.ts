import { gunzipSync } from 'node:zlib'
import { TAR_BLOCK, tarPadding } from '@eims/contracts'
import type { Notes } from '@eims/placed-yaml'
import { parse, stringify } from 'yaml'

/** In base64, with what stands around it, an object of what etcd takes. */
export const MOST_CHART_BYTES = 1024 * 1024
const MOST_VALUES = 64 * 1024
const MOST_UNPACKED = 64 * 1024 * 1024

interface Chart {
  /** a DNS label: of the HelmChart, and of its release */
  name: string
  /** the `.tgz` as `helm package` makes it */
  bytes: Buffer
  /** where its objects go; null: where the chart itself says, or kube-system */
  namespace: string | null
  /** YAML; null: the chart's own */
  values: string | null
}

/** What is wrong with a chart's file; null: nothing. */
export function chartFault(bytes: Buffer): string | null {
  if (bytes.length > MOST_CHART_BYTES)
    return `is larger than ${MOST_CHART_BYTES} bytes, which no object of a cluster can hold: unpack it and give its manifests (helm template)`
  let tar: Buffer
  try {
    tar = gunzipSync(bytes, { maxOutputLength: MOST_UNPACKED })
  } catch {
    return 'is no gzip: give the chart as `helm package` makes it'
  }
  for (let at = 0; at + TAR_BLOCK <= tar.length; ) {
    const name = tar.toString('utf8', at, at + 100).replace(/\0.*$/s, '')
    if (/^[^/]+\/Chart\.yaml$/.test(name.replace(/^\.\//, ''))) return null
    const size = Math.max(0, Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8) || 0)
    at += TAR_BLOCK + size + tarPadding(size)
  }
  return 'holds no Chart.yaml: give the chart as `helm package` makes it'
}

/** Tells what is wrong with a chart's values: they are a mapping. */
export function checkValues(text: string, notes: Notes): void {
  const at = { line: 1, column: 1, path: '' }
  try {
    if (text.length > MOST_VALUES)
      notes.mistake(at, `The values are longer than ${MOST_VALUES} characters`, 'Shorten them.')
    const values: unknown = parse(text)
    if (values !== null && (typeof values !== 'object' || Array.isArray(values)))
      notes.mistake(at, 'The values must be a mapping', 'Write `name: value` lines.')
  } catch (error) {
    const { linePos, message } = error as { linePos?: { line: number; col: number }[]; message: string }
    const [place] = linePos ?? []
    const spot = place ? { line: place.line, column: place.col, path: '' } : at
    notes.mistake(spot, `This is no YAML: ${message.split('\n')[0]!.replace(/ at line \d+.*$/, '')}`, 'Mend it.')
  }
}

/** PURE: the HelmChart by which K3s's Helm controller installs a chart without asking any repository. */
export function helmChart({ name, bytes, namespace, values }: Chart): string {
  return stringify(
    {
      apiVersion: 'helm.cattle.io/v1',
      kind: 'HelmChart',
      metadata: { name, namespace: 'kube-system' },
      spec: {
        chartContent: bytes.toString('base64'),
        ...(namespace === null ? {} : { targetNamespace: namespace, createNamespace: true }),
        ...(values === null ? {} : { valuesContent: values }),
      },
    },
    { version: '1.1', lineWidth: 0 },
  )
}
