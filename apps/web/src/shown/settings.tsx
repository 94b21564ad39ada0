import { useId } from 'react'
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components'
import { languages } from '../words/words.ts'
import { useSpeaking } from './language.tsx'
import { useTheme } from './theme.ts'

/** Appearance and language, side by side. */
export function Preferences() {
  const { words, language, speak } = useSpeaking()
  const [theme, choose] = useTheme()
  const themes = (['system', 'light', 'dark'] as const).map((each) => [each, words.themes[each]] as const)
  const spoken = Object.entries(languages).map(([code, each]) => [code as typeof language, each.language] as const)
  return (
    <div className="preferences">
      <FewChoice label={words.theme} options={themes} value={theme} onChange={choose} />
      <FewChoice label={words.languageLabel} options={spoken} value={language} onChange={speak} />
    </div>
  )
}

interface FewChoiceParts<T extends string> {
  label: string
  options: readonly (readonly [T, string])[]
  value: T
  onChange: (value: T) => void
}

/** The browser's own list: every first page has these two, and the other one (choice.tsx) would be a tenth of its bytes. */
function FewChoice<T extends string>({ label, options, value, onChange }: FewChoiceParts<T>) {
  const id = useId()
  return (
    <div className="choice">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="button" value={value} onChange={(event) => onChange(event.target.value as T)}>
        {options.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </div>
  )
}

/** The same behind a button. */
export function Settings() {
  const { words } = useSpeaking()
  useTheme()
  return (
    <DialogTrigger>
      <Button className="button quiet symbol" aria-label={words.settings}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M2 5h5M11 5h3M2 11h3M9 11h5M9 3v4M7 9v4" />
        </svg>
      </Button>
      <Popover className="popover" placement="top start">
        <Dialog className="panel" aria-label={words.settings}>
          <Preferences />
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
