import { useState } from 'react'
import { Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { addressOfBoard } from '../addresses.ts'
import { reading, readings, server } from '../server/client.ts'
import { PushButton } from '../shown/button.tsx'
import { Choice } from '../shown/choice.tsx'
import { CopyButton } from '../shown/copy.tsx'
import { Field, faultsOf } from '../shown/fields.tsx'
import { useSpeaking, useSpoken } from '../shown/language.tsx'
import { wrongOf } from '../shown/states.tsx'
import { batchWords } from '../words/batches.ts'

const LONGEST = 63

/** A button that makes a link for a screen on the wall, and shows it this once. */
export function ScreenLink({ batch }: { batch: string }) {
  const said = useSpoken(batchWords)
  const [link, setLink] = useState<string | null>(null)
  return (
    <DialogTrigger onOpenChange={() => setLink(null)}>
      <PushButton>{said.tv}</PushButton>
      <ModalOverlay className="overlay" isDismissable={link === null}>
        <Modal className="modal wide">
          <Dialog className="dialog">
            {({ close }) =>
              link === null ? (
                <Make batch={batch} close={close} onMade={setLink} />
              ) : (
                <Made batch={batch} link={link} close={close} />
              )
            }
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  )
}

function Make({ batch, close, onMade }: { batch: string; close: () => void; onMade: (link: string) => void }) {
  const { words, language } = useSpeaking()
  const said = useSpoken(batchWords)
  const [name, setName] = useState(`screen ${batch}`.slice(0, LONGEST))
  const [theme, setTheme] = useState<'dark' | 'light'>('dark')
  const [state, setState] = useState<{ busy: boolean; wrong: unknown }>({ busy: false, wrong: null })
  const make = async () => {
    setState({ busy: true, wrong: null })
    try {
      const { key } = await server('addKey', { body: { name, role: 'board' } })
      void readings.invalidateQueries({ queryKey: reading.keys })
      const look = theme === 'light' ? { language, theme } : { language }
      onMade(`${location.origin}${addressOfBoard([batch], look)}#${new URLSearchParams({ key })}`)
    } catch (wrong) {
      setState({ busy: false, wrong })
    }
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!state.busy && name.trim() !== '') void make()
      }}
    >
      <Heading slot="title">{said.tvTitle(batch)}</Heading>
      <p className="dim">{said.tvHelp}</p>
      <Field
        label={said.tvName}
        help={said.tvNameHelp}
        value={name}
        onChange={setName}
        wrong={faultsOf(state.wrong).name}
        maxLength={LONGEST}
        isRequired
        autoFocus
      />
      <Choice
        label={said.tvTheme}
        options={[
          ['dark', words.themes.dark],
          ['light', words.themes.light],
        ]}
        value={theme}
        onChange={setTheme}
      />
      {state.wrong === null ? null : (
        <p className="wrong" role="alert">
          {wrongOf(state.wrong, words)}
        </p>
      )}
      <footer>
        <PushButton onPress={close}>{words.cancel}</PushButton>
        <PushButton type="submit" tone="main" isDisabled={state.busy || name.trim() === ''}>
          {said.tvMake}
        </PushButton>
      </footer>
    </form>
  )
}

/** Of this computer alone: a link with such an address leads nowhere from another one. */
const isLoopback = () => ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname)

function Made({ batch, link, close }: { batch: string; link: string; close: () => void }) {
  const { words } = useSpeaking()
  const said = useSpoken(batchWords)
  return (
    <div className="form">
      <Heading slot="title">{said.tvTitle(batch)}</Heading>
      <Field
        label={said.tvLink}
        help={said.tvLinkHelp}
        value={link}
        onChange={() => {}}
        lines={3}
        isCode
        isReadOnly
        autoFocus
      />
      {isLoopback() ? <p className="batch-unregistered">{said.tvHere}</p> : null}
      <p className="dim">{said.tvNotHere}</p>
      <footer>
        <CopyButton tone="main" of={() => ({ text: link, said: said.copiedLink })} />
        <PushButton onPress={close}>{words.close}</PushButton>
      </footer>
    </div>
  )
}
