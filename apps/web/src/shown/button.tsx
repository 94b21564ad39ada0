import { Button, type ButtonProps } from 'react-aria-components'

/** A button; `main` is what most people come for, `hurts` what cannot be taken back. */
export function PushButton({
  tone = 'plain',
  ...props
}: ButtonProps & { tone?: 'plain' | 'main' | 'hurts' | 'quiet' }) {
  return <Button {...props} className={`button ${tone}`} />
}
