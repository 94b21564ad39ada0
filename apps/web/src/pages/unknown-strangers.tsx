import { type BulkReport, includesRole, type Node } from '@eims/contracts'
import { useState } from 'react'
import { Link } from 'wouter'
import { addressOfNode } from '../addresses.ts'
import { server } from '../server/client.ts'
import { useRole } from '../server/session.ts'
import { Ask } from '../shown/dialog.tsx'
import { Field } from '../shown/fields.tsx'
import { useCount } from '../shown/figures.ts'
import { useSpoken } from '../shown/language.tsx'
import { Why } from '../shown/reason.tsx'
import { reasonOf } from '../shown/reason-of.ts'
import { type Column, Rows } from '../shown/rows.tsx'
import { Ago } from '../shown/time.tsx'
import { tell } from '../shown/told.tsx'
import { unknownWords } from '../words/unknown.ts'
import type { BulkChange } from './bulk-actions.ts'
import { renewNodes } from './bulk-run.ts'
import { NameChoice } from './node-references.tsx'

type More = { total: number; isBusy: boolean; onMore: () => void }

/** Machines that nobody registered, to be adopted, refused or forgotten: one, or those that are ticked. */
export function StrangersTable({ nodes, more }: { nodes: readonly Node[]; more: More }) {
  const words = useSpoken(unknownWords)
  const role = useRole()
  const mayAct = includesRole(role, 'operator')
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const chosen = nodes.filter(({ id }) => ticked.has(id))
  const tick = (id: string) => {
    const next = new Set(ticked)
    if (!next.delete(id)) next.add(id)
    setTicked(next)
  }
  const clear = () => setTicked(new Set())
  if (nodes.length === 0) return <p className="dim">{words.noStrangers}</p>
  const tickColumn: Column<Node> = {
    name: 'tick',
    label: '',
    cell: ({ id, name }) => (
      <input
        type="checkbox"
        className="tick-box"
        aria-label={words.tick(name)}
        checked={ticked.has(id)}
        onChange={() => tick(id)}
      />
    ),
  }
  const actions: Column<Node> = {
    name: 'actions',
    label: '',
    cell: (node) => (
      <span className="actions">
        <Adopt node={node} />
        <Refuse nodes={[node]} onDone={clear} />
      </span>
    ),
  }
  return (
    <>
      {mayAct && nodes.length > 1 ? (
        <div className="strangers-bar">
          <label className="check">
            <input
              type="checkbox"
              className="tick-box"
              checked={chosen.length === nodes.length}
              onChange={() => setTicked(new Set(chosen.length === nodes.length ? [] : nodes.map(({ id }) => id)))}
            />
            {words.tickAll}
          </label>
          {chosen.length > 0 ? (
            <span className="actions">
              <AdoptMany nodes={chosen} onDone={clear} />
              <Refuse nodes={chosen} onDone={clear} isMany />
              {includesRole(role, 'admin') ? <Forget nodes={chosen} onDone={clear} /> : null}
            </span>
          ) : null}
        </div>
      ) : null}
      <Rows
        label={words.strangers}
        of={nodes}
        columns={[...(mayAct ? [tickColumn] : []), ...useColumns(), ...(mayAct ? [actions] : [])]}
        more={more}
      />
    </>
  )
}

/** Machines that may not boot from the network, to be let boot again. */
export function RefusedTable({ nodes, more }: { nodes: readonly Node[]; more: More }) {
  const words = useSpoken(unknownWords)
  const mayAct = includesRole(useRole(), 'operator')
  const letBoot: Column<Node> = {
    name: 'actions',
    label: '',
    cell: ({ id, name }) => (
      <Ask
        label={words.letBoot}
        title={words.letBootTitle(name)}
        help={words.letBootHelp}
        onDo={async () => {
          await setPolicy([id], 'allowed')
          tell(words.mayBoot(name), { undo: () => setPolicy([id], 'denied') })
        }}
      />
    ),
  }
  return (
    <Rows label={words.refusedTitle} of={nodes} columns={[...useColumns(), ...(mayAct ? [letBoot] : [])]} more={more} />
  )
}

function useColumns(): Column<Node>[] {
  const words = useSpoken(unknownWords)
  return [
    {
      name: 'machine',
      label: words.columns.machine,
      cell: ({ id, name, manufacturer, product }) => (
        <>
          <Link href={addressOfNode(id)}>{name}</Link>
          <span className="note">{[manufacturer, product].filter(Boolean).join(' ')}</span>
        </>
      ),
    },
    {
      name: 'known',
      label: words.columns.known,
      cell: ({ serial, macs }) => (
        <span className="lines">
          {serial === null ? (
            <span className="dim small">{words.noSerial}</span>
          ) : (
            <span className="mono">{serial}</span>
          )}
          <span className="mono dim">{macs[0]}</span>
        </span>
      ),
    },
    { name: 'heard', label: words.columns.heard, cell: ({ lastSeenAt }) => <Ago at={lastSeenAt} /> },
    { name: 'reason', label: words.columns.reason, cell: (node) => <Why reason={reasonOf(node)} /> },
  ]
}

const bulk = async (nodes: readonly string[], change: BulkChange): Promise<BulkReport> => {
  const report = await server('bulkNodes', { body: { ...change, select: { ids: [...nodes] } } }, { timeout: 120_000 })
  renewNodes()
  return report
}
const setPolicy = (ids: readonly string[], netbootPolicy: 'allowed' | 'denied') =>
  bulk(ids, { action: 'set', set: { netbootPolicy } })

interface ManyParts {
  nodes: readonly Node[]
  onDone: () => void
}

/** Tells what became of it: that all were done, or how many were not, and why the first of them. */
function useTold() {
  const words = useSpoken(unknownWords)
  const count = useCount()
  return ({ done, failed }: BulkReport, text: (count: string) => string, undo?: () => Promise<unknown>) => {
    const [first] = failed
    if (first) tell(words.notAll(count(done), count(failed.length), first.detail), { tone: 'bad', undo })
    else tell(text(count(done)), { undo })
  }
}

const idsOf = (nodes: readonly Node[]) => nodes.map(({ id }) => id)

function Refuse({ nodes, onDone, isMany = false }: ManyParts & { isMany?: boolean }) {
  const words = useSpoken(unknownWords)
  const count = useCount()
  const told = useTold()
  const number = count(nodes.length)
  return (
    <Ask
      label={isMany ? words.refuseMany(number) : words.refuse}
      title={isMany ? words.refuseManyTitle(number) : words.refuseTitle(nodes[0]!.name)}
      help={words.refuseHelp}
      onDo={async () => {
        const ids = idsOf(nodes)
        told(await setPolicy(ids, 'denied'), words.refused, () => setPolicy(ids, 'allowed'))
        onDone()
      }}
    />
  )
}

function Forget({ nodes, onDone }: ManyParts) {
  const words = useSpoken(unknownWords)
  const count = useCount()
  const told = useTold()
  const number = count(nodes.length)
  return (
    <Ask
      label={words.forgetMany(number)}
      tone="hurts"
      title={words.forgetManyTitle(number)}
      help={words.forgetHelp}
      onDo={async () => {
        told(await bulk(idsOf(nodes), { action: 'delete' }), words.forgotten)
        onDone()
      }}
    />
  )
}

type Picked = { name: string } | { key: string }
const none: Picked = { key: 'none' }

/** Batch and profile, as both ways of adopting ask for them. */
function useWishes() {
  const words = useSpoken(unknownWords)
  const [batch, setBatch] = useState<Picked>(none)
  const [profile, setProfile] = useState<Picked>(none)
  const given = {
    ...('name' in batch ? { batch: batch.name } : {}),
    ...('name' in profile ? { profile: profile.name } : {}),
  }
  const shown = (
    <>
      <NameChoice
        what="batch"
        label={words.batch}
        besides={[['none', words.noBatch]]}
        value={batch}
        onChange={setBatch}
      />
      <NameChoice
        what="profile"
        label={words.profile}
        besides={[['none', words.siteProfile]]}
        value={profile}
        onChange={setProfile}
      />
    </>
  )
  return { given, shown }
}

function Adopt({ node }: { node: Node }) {
  const words = useSpoken(unknownWords)
  const [name, setName] = useState(node.name)
  const [serial, setSerial] = useState('')
  const { given, shown } = useWishes()
  return (
    <Ask
      label={words.adopt}
      tone="main"
      title={words.adoptTitle(node.name)}
      help={words.adoptHelp}
      isWide
      isReady={name.trim() !== ''}
      onDo={async () => {
        const body = { ...given, name: name.trim(), ...(serial.trim() === '' ? {} : { serial: serial.trim() }) }
        await server('adoptNode', { params: { id: node.id }, body })
        renewNodes()
        tell(words.adopted('1'))
      }}
    >
      {(faults) => (
        <div className="form pairs">
          <Field
            label={words.name}
            help={words.nameHelp}
            value={name}
            onChange={setName}
            wrong={faults.name}
            isCode
            isRequired
            autoFocus
            maxLength={63}
          />
          {node.serial === null ? (
            <Field
              label={words.serial}
              help={words.serialHelp}
              value={serial}
              onChange={setSerial}
              wrong={faults.serial}
              isCode
              maxLength={128}
            />
          ) : null}
          {shown}
        </div>
      )}
    </Ask>
  )
}

function AdoptMany({ nodes, onDone }: ManyParts) {
  const words = useSpoken(unknownWords)
  const count = useCount()
  const told = useTold()
  const { given, shown } = useWishes()
  const number = count(nodes.length)
  return (
    <Ask
      label={words.adoptMany(number)}
      tone="main"
      title={words.adoptManyTitle(number)}
      help={words.adoptManyHelp}
      isWide
      onDo={async () => {
        told(await bulk(idsOf(nodes), { action: 'adopt', adopt: given }), words.adopted)
        onDone()
      }}
    >
      <div className="form pairs">{shown}</div>
    </Ask>
  )
}
