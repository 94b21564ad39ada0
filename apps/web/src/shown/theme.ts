import { useEffect } from 'react'
import { useRemembered } from '../server/remembered.ts'

export type Theme = 'system' | 'light' | 'dark'
const isTheme = (text: string): text is Theme => ['system', 'light', 'dark'].includes(text)

/** How the page looks, put where the style sheet reads it. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, choose] = useRemembered<Theme>('theme', isTheme, 'system')
  useEffect(() => {
    document.documentElement.dataset.theme = theme
  }, [theme])
  return [theme, choose]
}
