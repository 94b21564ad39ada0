import {
  Button,
  Text,
  UNSTABLE_Toast as Toast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
} from 'react-aria-components'
import { PushButton } from './button.tsx'
import { useWords } from './language.tsx'
import { wrongOf } from './states.tsx'

interface Message {
  text: string
  tone: 'good' | 'bad'
  /** takes it back; rejects with why it cannot be */
  undo?: (() => Promise<unknown>) | undefined
}

const MOST = 4
/** Milliseconds that one stays, unless somebody points at it. One that can be undone stays until it is closed or pushed out. */
const STAYS = 8000

const queue = new ToastQueue<Message>({ maxVisibleToasts: MOST })

/** Says at the edge of the page what was done, or went wrong, and how it is taken back. */
export function tell(text: string, more: { tone?: Message['tone']; undo?: Message['undo'] } = {}): void {
  const { tone = 'good', undo } = more
  queue.add({ text, tone, undo }, undo || tone === 'bad' ? {} : { timeout: STAYS })
}

/** Where what was told is read. */
export function Told() {
  const words = useWords()
  const takeBack = async (key: string, undo: () => Promise<unknown>) => {
    queue.close(key)
    try {
      await undo()
      tell(words.undone)
    } catch (error) {
      tell(wrongOf(error, words), { tone: 'bad' })
    }
  }
  return (
    <ToastRegion queue={queue} className="told" aria-label={words.told}>
      {({ toast }) => {
        const { text, tone, undo } = toast.content
        return (
          <Toast toast={toast} className={`message ${tone}`}>
            <ToastContent>
              <Text slot="title">{text}</Text>
            </ToastContent>
            {undo ? (
              <PushButton tone="quiet" onPress={() => void takeBack(toast.key, undo)}>
                {words.undo}
              </PushButton>
            ) : null}
            <Button slot="close" className="button quiet symbol" aria-label={words.close}>
              <svg viewBox="0 0 16 16" aria-hidden="true">
                <path d="M4 4l8 8M12 4l-8 8" />
              </svg>
            </Button>
          </Toast>
        )
      }}
    </ToastRegion>
  )
}
