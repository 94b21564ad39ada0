import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components'
import { languages } from '../words/words.ts'
import { Choice } from './choice.tsx'
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
      <Choice label={words.theme} options={themes} value={theme} onChange={choose} />
      <Choice label={words.languageLabel} options={spoken} value={language} onChange={speak} />
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
