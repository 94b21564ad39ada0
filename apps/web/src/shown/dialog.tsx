import { type ReactNode, useState } from 'react'
import { Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { PushButton } from './button.tsx'
import { faultsOf } from './fields.tsx'
import { useWords } from './language.tsx'
import { wrongOf } from './states.tsx'

interface AskParts {
  /** on the button that opens it, and on the one that does it */
  label: string
  tone?: 'plain' | 'main' | 'hurts'
  title: string
  help?: string
  /** what is asked for; told what the server found wrong in it, by the field's path */
  children?: ReactNode | ((faults: Readonly<Record<string, string>>) => ReactNode)
  /** room for a form */
  isWide?: boolean
  /** whether it can be done as it stands */
  isReady?: boolean
  /** before what is asked for is shown: reads what it begins with */
  onOpen?: () => Promise<unknown>
  /** rejects with why it could not be done */
  onDo: () => Promise<unknown>
}

const asking = { busy: false, wrong: null }

/** A button that asks before it does something which matters. */
export function Ask({
  label,
  tone = 'plain',
  title,
  help,
  children,
  isWide = false,
  isReady = true,
  onOpen,
  onDo,
}: AskParts) {
  const words = useWords()
  const [state, setState] = useState<{ busy: boolean; wrong: unknown }>(asking)
  const act = async (close: () => void) => {
    setState({ busy: true, wrong: null })
    try {
      await onDo()
      setState(asking)
      close()
    } catch (wrong) {
      setState({ busy: false, wrong })
    }
  }
  const opened = (isOpen: boolean) => {
    setState({ busy: isOpen && onOpen !== undefined, wrong: null })
    if (isOpen && onOpen)
      onOpen().then(
        () => setState(asking),
        (wrong: unknown) => setState({ busy: true, wrong }),
      )
  }
  return (
    <DialogTrigger onOpenChange={opened}>
      <PushButton tone={tone === 'hurts' ? 'plain' : tone}>{label}</PushButton>
      <ModalOverlay className="overlay" isDismissable>
        <Modal className={isWide ? 'modal wide' : 'modal'}>
          <Dialog className="dialog" role="alertdialog">
            {({ close }) => (
              <form
                onSubmit={(event) => {
                  event.preventDefault()
                  if (isReady && !state.busy) void act(close)
                }}
              >
                <Heading slot="title">{title}</Heading>
                {help ? <p className="dim">{help}</p> : null}
                {typeof children === 'function' ? children(faultsOf(state.wrong)) : children}
                {state.wrong === null ? null : (
                  <p className="wrong" role="alert">
                    {wrongOf(state.wrong, words)}
                  </p>
                )}
                <footer>
                  <PushButton onPress={close}>{words.cancel}</PushButton>
                  <PushButton
                    type="submit"
                    tone={tone === 'plain' ? 'main' : tone}
                    isDisabled={!isReady}
                    isPending={state.busy}
                  >
                    {label}
                  </PushButton>
                </footer>
              </form>
            )}
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  )
}
