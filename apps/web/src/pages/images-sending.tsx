import { bytes, type ImageUpload, ProblemError } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { FileTrigger } from 'react-aria-components'
import { reading, readings, server } from '../server/client.ts'
import { giveUp, goOn, isFileGone, pause, type Sending, useSendings } from '../server/sending.ts'
import { secondsLeft } from '../server/sending-parts.ts'
import { PushButton } from '../shown/button.tsx'
import { Ask } from '../shown/dialog.tsx'
import { useSpoken, useWords } from '../shown/language.tsx'
import { wrongOf } from '../shown/states.tsx'
import { stretch } from '../shown/stretch.ts'
import { Clock } from '../shown/time.tsx'
import { imageWords } from '../words/images.ts'

/** Milliseconds after which files that come from elsewhere are looked at again: they make no events. */
const LOOK_EVERY = 3000

/** Files of which the server has a part, and whose image is not being made yet. */
export const uploadsQuery = {
  queryKey: [...reading.images, 'uploads'],
  queryFn: async () => (await server('listUploads', {})).items,
}

/** Those of them that this window does not send. */
export function useUploads(): readonly ImageUpload[] {
  const sendings = useSendings()
  const uploads = useQuery({
    ...uploadsQuery,
    refetchInterval: ({ state }) => (state.data?.length ? LOOK_EVERY : false),
  })
  return uploads.data?.filter(({ id }) => !sendings.some((each) => each.id === id)) ?? []
}

/** A file that this window sends: how far, how fast, and what can be done. */
export function SendingRow({ of }: { of: Sending }) {
  const words = useSpoken(imageWords)
  const { key, name, size, received, rate, state } = of
  const left = secondsLeft(size - received, rate)
  const figures = [
    words.sent(bytes(received), bytes(size)),
    ...(state === 'sending' && rate !== null ? [words.rate(bytes(rate))] : []),
    ...(state === 'sending' && left !== null ? [words.left(stretch(left))] : []),
    ...(state === 'waiting' ? [words.waits] : []),
  ]
  return (
    <Row
      name={name}
      share={received / size}
      label={words.progressOf(name)}
      figures={
        <>
          {figures.join(' · ')} <Wrong of={of} />
        </>
      }
    >
      {state === 'sending' || state === 'waiting' ? (
        <PushButton onPress={() => pause(key)} aria-label={words.ofName(words.pause, name)}>
          {words.pause}
        </PushButton>
      ) : (
        <PushButton
          onPress={() => goOn(key)}
          aria-label={words.ofName(state === 'broken' ? words.tryNow : words.goOn, name)}
        >
          {state === 'broken' ? words.tryNow : words.goOn}
        </PushButton>
      )}
      <GiveUp name={name} received={received} onDo={() => giveUp(key)} />
    </Row>
  )
}

function Wrong({ of: { state, wrong } }: { of: Sending }) {
  const words = useSpoken(imageWords)
  const shared = useWords()
  if (state === 'paused') return <b>{words.paused}</b>
  if (state !== 'broken' && state !== 'stopped') return null
  const code = wrong instanceof ProblemError ? wrong.code : null
  const text = isFileGone(wrong)
    ? words.fileGone
    : code === 'unauthenticated'
      ? words.signInAgain
      : code === 'in-use'
        ? words.takenUp
        : code === 'not-found'
          ? words.uploadGone
          : wrongOf(wrong, shared)
  return (
    <span className="wrong" role="alert">
      {text}
      {state === 'broken' ? `. ${words.triesAgain}` : null}
    </span>
  )
}

/** A file of which a part is here, of a window that is closed or another tool; without buttons for who only looks. */
export function InterruptedRow({ of, onFile }: { of: ImageUpload; onFile: ((file: File) => void) | null }) {
  const words = useSpoken(imageWords)
  const { id, name, size, received, expiresAt, fingerprint } = of
  return (
    <Row
      name={name}
      share={received / size}
      label={words.progressOf(name)}
      figures={
        <>
          {onFile && fingerprint !== undefined
            ? words.interrupted(bytes(received), bytes(size))
            : words.sent(bytes(received), bytes(size))}{' '}
          {words.keptUntil} <Clock at={expiresAt} />.
        </>
      }
    >
      {onFile && fingerprint !== undefined ? (
        <FileTrigger
          onSelect={(files) => {
            const file = files?.item(0)
            if (file) onFile(file)
          }}
        >
          <PushButton aria-label={words.ofName(words.chooseAgain, name)}>{words.chooseAgain}</PushButton>
        </FileTrigger>
      ) : null}
      {onFile ? (
        <GiveUp
          name={name}
          received={received}
          onDo={async () => {
            await server('deleteUpload', { params: { id } })
            await readings.invalidateQueries({ queryKey: uploadsQuery.queryKey })
          }}
        />
      ) : null}
    </Row>
  )
}

function Row({ name, share, figures, label, children }: RowParts) {
  return (
    <li className="sending">
      <p className="sending-name">
        <b>{name}</b>
        <span className="dim small number">{Math.floor(share * 100)} %</span>
      </p>
      <progress value={share} aria-label={label} />
      <p className="sending-figures dim small">{figures}</p>
      <div className="sending-acts">{children}</div>
    </li>
  )
}

interface RowParts {
  name: string
  share: number
  figures: ReactNode
  label: string
  children: ReactNode
}

function GiveUp({ name, received, onDo }: { name: string; received: number; onDo: () => Promise<unknown> }) {
  const words = useSpoken(imageWords)
  return (
    <Ask
      label={words.giveUp}
      tone="hurts"
      title={words.giveUpTitle(name)}
      {...(received > 0 ? { help: words.giveUpHelp(bytes(received)) } : {})}
      onDo={onDo}
    />
  )
}
