import { type AccountInput, includesRole, LocalAccount, type PublicAccount } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { z } from 'zod'
import { reading, readings, readTagged, server, unchangedSince } from '../server/client.ts'
import { useList } from '../server/list.ts'
import { useRole } from '../server/session.ts'
import { Ask } from '../shown/dialog.tsx'
import { Field, faultIn } from '../shown/fields.tsx'
import { useSpoken, useWords } from '../shown/language.tsx'
import { Rows } from '../shown/rows.tsx'
import { Notice, Read } from '../shown/states.tsx'
import { Ago } from '../shown/time.tsx'
import { tell } from '../shown/told.tsx'
import { accountsWords } from '../words/accounts.ts'
import { hashOf } from './password-hash.ts'

/** The local accounts that units get. */
export function AccountsPage() {
  const words = useWords()
  const said = useSpoken(accountsWords)
  const mayChange = includesRole(useRole(), 'admin')
  const accounts = useList('listAccounts', reading.accounts, { orderBy: 'name' })
  const site = useQuery({ queryKey: reading.site, queryFn: () => server('getSite', {}) })
  return (
    <div className="page">
      <header className="toolbar">
        <h1>{words.accounts}</h1>
        {mayChange ? <EditAccount of={null} /> : null}
      </header>
      <p className="lead">{said.lead}</p>
      <Read of={accounts.read}>
        {(items) =>
          items.length === 0 ? (
            <Notice title={said.none} help={said.noneHelp} />
          ) : (
            <Rows
              label={words.accounts}
              of={items}
              columns={[
                {
                  name: 'name',
                  label: said.name,
                  cell: ({ name }) => (
                    <>
                      <b>{name}</b>
                      {site.data?.defaultAccount === name ? <span className="note">{said.isDefault}</span> : null}
                    </>
                  ),
                },
                {
                  name: 'user',
                  label: said.userName,
                  cell: ({ userName }) => <span className="mono">{userName}</span>,
                },
                { name: 'keys', label: said.sshKeys, cell: ({ sshKeys }) => <Keys of={sshKeys} /> },
                {
                  name: 'password',
                  label: said.password,
                  cell: ({ hasPassword }) => (hasPassword ? words.yes : words.no),
                },
                { name: 'changed', label: words.changed, cell: ({ updatedAt }) => <Ago at={updatedAt} /> },
                ...(mayChange
                  ? [
                      {
                        name: 'does',
                        label: words.actions,
                        cell: (account: PublicAccount) => (
                          <span className="actions">
                            <EditAccount of={account} />
                            <RemoveAccount of={account} />
                          </span>
                        ),
                      },
                    ]
                  : []),
              ]}
              more={accounts.more}
            />
          )
        }
      </Read>
    </div>
  )
}

/** Of each key its comment, or its kind and the end of it: what a person knows it by. */
function Keys({ of }: { of: readonly string[] }) {
  const words = useWords()
  if (of.length === 0) return <span className="dim">{words.none}</span>
  return (
    <span className="lines">
      {of.map((key) => {
        const [kind = '', base64 = '', ...comment] = key.split(/\s+/)
        return (
          <span key={key} className="small" title={key}>
            {comment.length > 0 ? comment.join(' ') : <span className="mono">{`${kind} …${base64.slice(-8)}`}</span>}
          </span>
        )
      })}
    </span>
  )
}

interface Draft {
  name: string
  userName: string
  sshKeys: string
  password: string
}

const draftOf = (account: PublicAccount | null): Draft => ({
  name: account?.name ?? '',
  userName: account?.userName ?? '',
  sshKeys: account?.sshKeys.join('\n') ?? '',
  password: '',
})

const inputOf = ({ name, userName, sshKeys }: Draft): z.input<typeof AccountInput> => ({
  name: name.trim(),
  userName: userName.trim(),
  sshKeys: sshKeys.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()])),
})

/** Whoever has a hash already puts it there, and a hash of that would let nobody in. */
const isHash = (password: string): boolean => LocalAccount.shape.passwordHash.safeParse(password.trim()).success

async function withPassword(draft: Draft): Promise<z.input<typeof AccountInput>> {
  const { password } = draft
  if (password === '') return inputOf(draft)
  return { ...inputOf(draft), passwordHash: isHash(password) ? password.trim() : await hashOf(password) }
}

/** The button and the form of one account; null: a new one. */
function EditAccount({ of }: { of: PublicAccount | null }) {
  const said = useSpoken(accountsWords)
  const [draft, setDraft] = useState(() => draftOf(of))
  const [tag, setTag] = useState('')
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }))
  const open = async () => {
    setDraft(draftOf(of))
    if (of === null) return
    const read = await readTagged('getAccount', { params: { id: of.id } })
    setDraft(draftOf(read.value))
    setTag(read.tag)
  }
  return (
    <Ask
      label={of === null ? said.add : said.change}
      tone={of === null ? 'main' : 'plain'}
      title={of === null ? said.addTitle : said.changeTitle(of.name)}
      isReady={draft.name.trim() !== '' && draft.userName.trim() !== ''}
      onOpen={open}
      onDo={async () => {
        const body = await withPassword(draft)
        if (of === null) await server('addAccount', { body })
        else await server('putAccount', { params: { id: of.id }, body }, unchangedSince(tag))
        await readings.invalidateQueries({ queryKey: reading.accounts })
        tell(said.saved(body.name))
      }}
    >
      {(faults) => (
        <>
          <Field
            label={said.name}
            value={draft.name}
            onChange={(name) => set({ name })}
            help={said.nameHelp}
            wrong={faults.name}
            maxLength={63}
            autoFocus
          />
          <Field
            label={said.userName}
            value={draft.userName}
            onChange={(userName) => set({ userName })}
            help={said.userNameHelp}
            wrong={faults.userName}
            maxLength={32}
            isCode
          />
          <Field
            label={said.sshKeys}
            value={draft.sshKeys}
            onChange={(sshKeys) => set({ sshKeys })}
            help={said.sshKeysHelp}
            wrong={faultIn(faults, 'sshKeys')}
            lines={4}
            isCode
          />
          <Field
            label={said.password}
            type="password"
            value={draft.password}
            onChange={(password) => set({ password })}
            help={of?.hasPassword ? said.passwordStays : said.passwordHelp}
            wrong={faults.passwordHash}
            maxLength={512}
          />
        </>
      )}
    </Ask>
  )
}

function RemoveAccount({ of: account }: { of: PublicAccount }) {
  const words = useWords()
  const said = useSpoken(accountsWords)
  const { id, name, hasPassword } = account
  return (
    <Ask
      label={words.remove}
      tone="hurts"
      title={said.remove(name)}
      help={said.removeHelp}
      onDo={async () => {
        await server('deleteAccount', { params: { id } })
        await readings.invalidateQueries({ queryKey: reading.accounts })
        // Of a password only the server had the hash: what cannot be put back whole is not offered.
        tell(
          said.removed(name),
          hasPassword ? {} : { undo: () => server('addAccount', { body: inputOf(draftOf(account)) }) },
        )
      }}
    />
  )
}
