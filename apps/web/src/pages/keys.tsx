import { type NewKey, type PublicKey, Role } from '@eims/contracts'
import { useState } from 'react'
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { reading, readings, server } from '../server/client.ts'
import { useList } from '../server/list.ts'
import { PushButton } from '../shown/button.tsx'
import { Choice } from '../shown/choice.tsx'
import { CopyButton } from '../shown/copy.tsx'
import { Ask } from '../shown/dialog.tsx'
import { Field, OnOff } from '../shown/fields.tsx'
import { useSpoken, useWords } from '../shown/language.tsx'
import { Rows } from '../shown/rows.tsx'
import { Read } from '../shown/states.tsx'
import { Ago, Clock } from '../shown/time.tsx'
import { tell } from '../shown/told.tsx'
import { keysWords } from '../words/keys.ts'

/** Whose key opens what; a new one is shown once. */
export function KeysPage() {
  const words = useWords()
  const said = useSpoken(keysWords)
  const [withOld, showOld] = useState(false)
  const [made, show] = useState<NewKey | null>(null)
  const keys = useList('listKeys', reading.keys, { orderBy: 'name' })
  const opens = (key: PublicKey) => ['valid', 'local'].includes(stateOf(key))
  return (
    <div className="page">
      <header className="toolbar">
        <h1>{words.keys}</h1>
        <AddKey onMade={show} />
      </header>
      <p className="lead">{said.lead}</p>
      <Read of={keys.read}>
        {(items) => (
          <>
            <Rows
              label={words.keys}
              of={withOld ? items : items.filter(opens)}
              columns={[
                { name: 'name', label: said.name, cell: ({ name }) => <b>{name}</b> },
                { name: 'role', label: said.role, cell: ({ role }) => role },
                { name: 'state', label: said.state, cell: (key) => <State of={key} /> },
                {
                  name: 'ends',
                  label: said.ends,
                  cell: ({ expiresAt }) =>
                    expiresAt === null ? <span className="dim">{said.forever}</span> : <Clock at={expiresAt} />,
                },
                { name: 'used', label: said.used, cell: ({ usedAt }) => <Ago at={usedAt} /> },
                {
                  name: 'does',
                  label: words.actions,
                  cell: (key) => (opens(key) && !key.local ? <Revoke of={key} /> : null),
                },
              ]}
              more={keys.more}
            />
            {items.every(opens) ? null : <OnOff label={said.withOld} isSelected={withOld} onChange={showOld} />}
          </>
        )}
      </Read>
      {made === null ? null : <ShownOnce of={made} onClose={() => show(null)} />}
    </div>
  )
}

function stateOf({ revokedAt, expiresAt, local }: PublicKey) {
  if (revokedAt !== null) return 'revoked'
  if (expiresAt !== null && Date.parse(expiresAt) <= Date.now()) return 'expired'
  return local ? 'local' : 'valid'
}

function State({ of }: { of: PublicKey }) {
  const said = useSpoken(keysWords)
  const state = stateOf(of)
  return <span className={state === 'valid' ? 'lamp good' : 'lamp'}>{said.states[state]}</span>
}

const DAY = 86_400_000
/** How long a key may last, in days; 0: until it is revoked. */
const LASTS = ['0', '1', '7', '30', '90', '365'] as const

function AddKey({ onMade }: { onMade: (key: NewKey) => void }) {
  const said = useSpoken(keysWords)
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('operator')
  const [lasts, setLasts] = useState<(typeof LASTS)[number]>('0')
  return (
    <Ask
      label={said.add}
      tone="main"
      title={said.addTitle}
      isReady={name.trim() !== ''}
      onDo={async () => {
        const expiresAt = lasts === '0' ? null : new Date(Date.now() + Number(lasts) * DAY).toISOString()
        const made = await server('addKey', { body: { name, role, expiresAt } })
        setName('')
        void readings.invalidateQueries({ queryKey: reading.keys })
        onMade(made)
      }}
    >
      {(faults) => (
        <>
          <Field
            label={said.name}
            value={name}
            onChange={setName}
            help={said.nameHelp}
            wrong={faults.name}
            maxLength={63}
            autoFocus
          />
          <Choice
            label={said.role}
            value={role}
            onChange={setRole}
            options={Role.options.map((each) => [each, said.roles[each] ?? each] as const)}
          />
          <Choice
            label={said.lasts}
            value={lasts}
            onChange={setLasts}
            options={LASTS.map((each) => [each, each === '0' ? said.forever : said.days(Number(each))] as const)}
          />
        </>
      )}
    </Ask>
  )
}

function ShownOnce({ of: { name, role, key }, onClose }: { of: NewKey; onClose: () => void }) {
  const said = useSpoken(keysWords)
  return (
    <ModalOverlay className="overlay" isOpen onOpenChange={onClose} isDismissable={false}>
      <Modal className="modal">
        <Dialog className="dialog">
          <Heading slot="title">
            {name}, {role}
          </Heading>
          <p className="dim">{said.shownOnce}</p>
          <p className="secret mono">{key}</p>
          <footer>
            <CopyButton of={() => ({ text: key, said: said.copied })} />
            <PushButton tone="main" onPress={onClose} autoFocus>
              {said.done}
            </PushButton>
          </footer>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

function Revoke({ of: { id, name } }: { of: PublicKey }) {
  const said = useSpoken(keysWords)
  return (
    <Ask
      label={said.revoke}
      tone="hurts"
      title={said.revokeTitle(name)}
      help={said.revokeHelp}
      onDo={async () => {
        await server('deleteKey', { params: { id } })
        await readings.invalidateQueries({ queryKey: reading.keys })
        tell(said.revoked(name))
      }}
    />
  )
}
