import type { CSSProperties } from 'react'
import { modulesOf } from './code128.ts'

/** A scanner finds the ends of a code by this much white before and after it, in its narrowest bars (ISO/IEC 15417 section 4.3.2). */
const QUIET = 10
const HEIGHT = 44

/** A text as a bar code, black on white whatever the page looks like. */
export function Bars({ text }: { text: string }) {
  const modules = modulesOf(text)
  const bars = Array.from(
    modules.matchAll(/1+/g),
    ({ 0: { length }, index }) => `M${index + QUIET} 0h${length}v${HEIGHT}h-${length}z`,
  )
  return (
    <svg
      className="bars"
      viewBox={`0 0 ${modules.length + 2 * QUIET} ${HEIGHT}`}
      style={{ '--modules': modules.length + 2 * QUIET } as CSSProperties}
      shapeRendering="crispEdges"
      preserveAspectRatio="none"
      role="img"
      aria-label={text}
    >
      <path d={bars.join('')} />
    </svg>
  )
}
