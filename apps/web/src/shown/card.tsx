import { type ReactNode, useId } from 'react'

/** A part of a page with its heading. */
export function Card({ title, side, children, className = '' }: CardParts) {
  const id = useId()
  return (
    <section className={`card ${className}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {side}
      </header>
      {children}
    </section>
  )
}

interface CardParts {
  title: string
  /** beside the heading */
  side?: ReactNode
  children: ReactNode
  className?: string
}

/** Facts by their names; one that is null is left out. */
export function Facts({ of }: { of: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="facts">
      {of
        .filter(([, value]) => value !== null && value !== undefined && value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}
