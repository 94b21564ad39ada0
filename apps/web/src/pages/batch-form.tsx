import { type Batch, ProblemError } from '@eims/contracts'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { addresses, addressOfBatch } from '../addresses.ts'
import { reading, readings, server, type Tagged, unchangedSince } from '../server/client.ts'
import { PushButton } from '../shown/button.tsx'
import { Ask } from '../shown/dialog.tsx'
import { Field } from '../shown/fields.tsx'
import { useCount } from '../shown/figures.ts'
import { useSpoken, useWords } from '../shown/language.tsx'
import { wrongOf } from '../shown/states.tsx'
import { tell } from '../shown/told.tsx'
import { batchWords } from '../words/batches.ts'

/** What a person says of a batch, as it is typed. */
interface Typed {
  name: string
  expected: string
  note: string
}

const empty: Typed = { name: '', expected: '', note: '' }
const NUMBER = /^[1-9]\d{0,6}$/

const bodyOf = ({ name, expected, note }: Typed) => ({
  name: name.trim(),
  expected: expected.trim() === '' ? null : Number(expected),
  note: note.trim() === '' ? null : note,
})
const isReady = ({ name, expected }: Typed) =>
  name.trim() !== '' && (expected.trim() === '' || NUMBER.test(expected.trim()))

const renew = async () => {
  await readings.invalidateQueries({ queryKey: reading.batches })
  void readings.invalidateQueries({ queryKey: reading.nodes })
}

function BatchFields({
  typed,
  type,
  faults,
}: {
  typed: Typed
  type: (typed: Typed) => void
  faults: Readonly<Record<string, string>>
}) {
  const said = useSpoken(batchWords)
  const number = typed.expected.trim()
  return (
    <div className="form">
      <Field
        label={said.name}
        help={said.nameHelp}
        value={typed.name}
        onChange={(name) => type({ ...typed, name })}
        wrong={faults.name}
        maxLength={63}
        isRequired
        autoFocus
      />
      <Field
        label={said.expected}
        help={said.expectedHelp}
        value={typed.expected}
        onChange={(expected) => type({ ...typed, expected })}
        wrong={faults.expected ?? (number === '' || NUMBER.test(number) ? undefined : said.expectedWrong)}
        maxLength={7}
      />
      <Field
        label={said.note}
        help={said.noteHelp}
        value={typed.note}
        onChange={(note) => type({ ...typed, note })}
        wrong={faults.note}
        maxLength={4096}
        lines={3}
      />
    </div>
  )
}

/** A button that makes a batch, and shows it. */
export function NewBatch() {
  const said = useSpoken(batchWords)
  const [, navigate] = useLocation()
  const [typed, type] = useState(empty)
  return (
    <Ask
      label={said.add}
      tone="main"
      title={said.addTitle}
      help={said.lead}
      isReady={isReady(typed)}
      onDo={async () => {
        const { name } = await server('addBatch', { body: bodyOf(typed) })
        type(empty)
        tell(said.made(name))
        await renew()
        navigate(addressOfBatch(name))
      }}
    >
      {(faults) => <BatchFields typed={typed} type={type} faults={faults} />}
    </Ask>
  )
}

const typedOf = ({ name, expected, note }: Batch): Typed => ({
  name,
  expected: expected === null ? '' : String(expected),
  note: note ?? '',
})

/** A button that changes a batch, unless somebody else did since it was read. */
export function ChangeBatch({ of: { value: batch, tag } }: { of: Tagged<Batch> }) {
  const said = useSpoken(batchWords)
  const [, navigate] = useLocation()
  // What is typed is of the batch as it was when the first letter was.
  const [begun, begin] = useState<{ typed: Typed; tag: string } | null>(null)
  const typed = begun?.typed ?? typedOf(batch)
  return (
    <Ask
      label={said.change}
      title={said.changeTitle(batch.name)}
      isReady={isReady(typed)}
      onOpen={async () => begin(null)}
      onDo={async () => {
        const since = unchangedSince(begun?.tag ?? tag)
        try {
          const { name } = await server('putBatch', { params: { id: batch.id }, body: bodyOf(typed) }, since)
          tell(said.saved(name))
          if (name !== batch.name) navigate(addressOfBatch(name), { replace: true })
          await renew()
        } catch (error) {
          void renew()
          if (!(error instanceof ProblemError && error.code === 'precondition-failed')) throw error
          throw new ProblemError('precondition-failed', said.meanwhile)
        }
      }}
    >
      {(faults) => (
        <BatchFields typed={typed} type={(next) => begin({ typed: next, tag: begun?.tag ?? tag })} faults={faults} />
      )}
    </Ask>
  )
}

/** A button that deletes a batch: at once when all of it can be made again, else it asks. */
export function DeleteBatch({ of: { value: batch, tag } }: { of: Tagged<Batch> }) {
  const words = useWords()
  const said = useSpoken(batchWords)
  const count = useCount()
  const [, navigate] = useLocation()
  const { id, name, expected, note, config, counts } = batch
  const remove = async (undo?: () => Promise<unknown>) => {
    await server('deleteBatch', { params: { id } }, unchangedSince(tag))
    navigate(addresses.batches)
    tell(said.deleted(name), { undo })
    await renew()
  }
  if (counts.registered === 0 && config === null)
    return (
      <PushButton
        onPress={() =>
          void remove(async () => {
            await server('addBatch', { body: { name, expected, note } })
            await renew()
          }).catch((error: unknown) => tell(wrongOf(error, words), { tone: 'bad' }))
        }
      >
        {words.remove}
      </PushButton>
    )
  return (
    <Ask
      label={words.remove}
      tone="hurts"
      title={said.deleteTitle(name)}
      help={[said.deleteHelp(count(counts.registered)), config === null ? '' : said.deleteConfig].join(' ').trim()}
      onDo={() => remove()}
    />
  )
}
