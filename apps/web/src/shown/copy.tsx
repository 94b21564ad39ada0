import { PushButton } from './button.tsx'
import { useWords } from './language.tsx'
import { wrongOf } from './states.tsx'
import { tell } from './told.tsx'

interface Copied {
  text: string
  /** what is said when it lies in the clipboard */
  said: string
}

/** A page that came by plain HTTP from another machine has no clipboard at all (W3C Clipboard API, [SecureContext]). */
async function isPut(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

/** A button that puts a text into the clipboard and says whether it lies there. @param of the text, which may have to be read first */
export function CopyButton({
  label,
  tone = 'plain',
  of,
}: {
  label?: string
  tone?: 'plain' | 'main'
  of: () => Copied | Promise<Copied>
}) {
  const words = useWords()
  const copy = async () => {
    try {
      const { text, said } = await of()
      if (await isPut(text)) tell(said)
      else tell(words.notCopied, { tone: 'bad' })
    } catch (error) {
      tell(wrongOf(error, words), { tone: 'bad' })
    }
  }
  return (
    <PushButton tone={tone} onPress={() => void copy()}>
      {label ?? words.copy}
    </PushButton>
  )
}
