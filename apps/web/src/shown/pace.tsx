import type { Overview } from '@eims/contracts'
import { useSpeaking } from './language.tsx'

const WIDTH = 600
const HEIGHT = 110

/** Runs that ended, by half hours: done upwards, failed on top of them. A table of the same is there for who cannot see it. */
export function Pace({ of }: { of: Overview['throughput'] }) {
  const { words, language } = useSpeaking()
  const most = Math.max(4, ...of.map(({ succeeded, failed }) => succeeded + failed))
  const step = WIDTH / of.length
  const scale = (count: number) => (count / most) * (HEIGHT - 8)
  const clock = (at: string) =>
    new Date(at).toLocaleTimeString(language, { hourCycle: 'h23', hour: '2-digit', minute: '2-digit' })
  return (
    <figure className="pace">
      <span className="most dim small number" aria-hidden="true">
        {most}
      </span>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <path className="grid" d={`M0 ${HEIGHT - scale(most)}H${WIDTH}M0 ${HEIGHT - scale(most / 2)}H${WIDTH}`} />
        {of.map(({ from, succeeded, failed }, index) => (
          <g key={from}>
            <title>{words.paceBar(clock(from), succeeded, failed)}</title>
            <rect
              className="running"
              x={index * step + 2}
              width={step - 4}
              y={HEIGHT - scale(succeeded)}
              height={scale(succeeded)}
            />
            <rect
              className="failed"
              x={index * step + 2}
              width={step - 4}
              y={HEIGHT - scale(succeeded + failed)}
              height={Math.max(0, scale(failed) - (succeeded > 0 ? 1 : 0))}
            />
          </g>
        ))}
      </svg>
      <figcaption aria-hidden="true">
        <span>{clock(of[0]!.from)}</span>
        <span>{clock(of.at(-1)!.from)}</span>
      </figcaption>
      <ul className="hidden">
        {of
          .filter(({ succeeded, failed }) => succeeded + failed > 0)
          .map(({ from, succeeded, failed }) => (
            <li key={from}>{words.paceBar(clock(from), succeeded, failed)}</li>
          ))}
      </ul>
    </figure>
  )
}
