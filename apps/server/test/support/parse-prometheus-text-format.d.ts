declare module 'parse-prometheus-text-format' {
  /** One metric with its samples; a number stands there as its text. */
  interface Family {
    name: string
    help: string
    type: string
    metrics: { labels?: Record<string, string>; value?: string; count?: string; buckets?: Record<string, string> }[]
  }
  /** Reads Prometheus's text format, version 0.0.4. Throws at a line that it cannot read. */
  export default function parse(text: string): Family[]
}
