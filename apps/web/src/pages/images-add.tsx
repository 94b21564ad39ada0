import { bytes, fileFingerprint, type ImageUpload } from '@eims/contracts'
import { useEffect, useState } from 'react'
import { FileTrigger } from 'react-aria-components'
import { readings } from '../server/client.ts'
import { forget, sendFile, sendRest, useSendings } from '../server/sending.ts'
import { PushButton } from '../shown/button.tsx'
import { Card } from '../shown/card.tsx'
import { useSpoken } from '../shown/language.tsx'
import { tell } from '../shown/told.tsx'
import { imageWords } from '../words/images.ts'
import { AddByAddress } from './images-address.tsx'
import { type Described, Description, describedOf, descriptionFor, isNamed } from './images-description.tsx'
import { InterruptedRow, SendingRow, uploadsQuery } from './images-sending.tsx'

/** A file that was chosen, and is not sent yet. */
interface Draft extends Described {
  file: File
  fingerprint: string
}

/** Where files are dropped, what is on its way, and what is left of earlier ways. */
export function AddImages({ isAdmin, uploads, free }: AddParts) {
  const words = useSpoken(imageWords)
  const sendings = useSendings()
  const [drafts, setDrafts] = useState<readonly Draft[]>([])

  const takeOne = async (file: File, open: readonly ImageUpload[], of?: ImageUpload) => {
    const wrong = (text: string) => tell(text, { tone: 'bad' })
    if (file.size === 0) return wrong(words.emptyFile(file.name))
    const fingerprint = await fileFingerprint(file, file.lastModified).catch(() => null)
    if (fingerprint === null) return wrong(words.unreadable(file.name))
    const same = sendings.find((each) => each.fingerprint === fingerprint)
    if (same?.state === 'stopped' || same?.state === 'paused') forget(same.key)
    else if (same) return wrong(words.sentAlready(file.name))
    const begun = open.find((each) => each.fingerprint === fingerprint && each.size === file.size)
    if (of && begun?.id !== of.id) return wrong(words.otherFile(file.name, of.name))
    if (begun) {
      sendRest(file, fingerprint, begun)
      return tell(words.goesOn(begun.name, Math.floor((begun.received / begun.size) * 100)))
    }
    if (free !== null && file.size > free) return wrong(words.tooLarge(file.name, bytes(file.size), bytes(free)))
    setDrafts((all) => [
      ...all.filter((each) => each.fingerprint !== fingerprint),
      { file, fingerprint, ...descriptionFor(file.name) },
    ])
  }
  const take = async (files: readonly File[], of?: ImageUpload) => {
    const open = await readings.fetchQuery({ ...uploadsQuery, staleTime: 0 }).catch(() => uploads)
    for (const file of files) await takeOne(file, open, of)
  }
  const isOver = useDropped(isAdmin, (files) => void take(files))
  const sendAll = () => {
    for (const { file, fingerprint, ...description } of drafts) sendFile(file, fingerprint, describedOf(description))
    setDrafts([])
  }
  const change = (fingerprint: string, to: Partial<Described>) =>
    setDrafts((all) => all.map((each) => (each.fingerprint === fingerprint ? { ...each, ...to } : each)))

  return (
    <>
      {isAdmin ? (
        <section className={isOver ? 'drop over' : 'drop'} aria-label={words.addTitle}>
          <div>
            <p className="drop-title">{isOver ? words.letGo : words.dropHere}</p>
            <p className="dim small">{words.formats}</p>
          </div>
          <div className="drop-acts">
            <FileTrigger allowsMultiple onSelect={(files) => void take([...(files ?? [])])}>
              <PushButton tone="main">{words.choose}</PushButton>
            </FileTrigger>
            <AddByAddress />
          </div>
        </section>
      ) : null}
      {drafts.length > 0 ? (
        <Card title={words.addTitle}>
          <form
            className="drafts"
            onSubmit={(event) => {
              event.preventDefault()
              sendAll()
            }}
          >
            <ul>
              {drafts.map((draft) => (
                <li key={draft.fingerprint}>
                  <p className="draft-file">
                    <span className="mono">{draft.file.name}</span>
                    <span className="dim small">{bytes(draft.file.size)}</span>
                    <PushButton
                      tone="quiet"
                      className="button quiet symbol"
                      aria-label={words.leaveOut(draft.file.name)}
                      onPress={() => setDrafts((all) => all.filter((each) => each !== draft))}
                    >
                      <svg viewBox="0 0 16 16" aria-hidden="true">
                        <path d="M4 4l8 8M12 4l-8 8" />
                      </svg>
                    </PushButton>
                  </p>
                  <Description of={draft} onChange={(to) => change(draft.fingerprint, to)} />
                </li>
              ))}
            </ul>
            <PushButton type="submit" tone="main" isDisabled={!drafts.every(isNamed)}>
              {words.send(drafts.length)}
            </PushButton>
          </form>
        </Card>
      ) : null}
      {sendings.length + uploads.length > 0 ? (
        <Card
          title={words.sendingTitle}
          side={sendings.length > 0 ? <span className="dim small">{words.sendingHelp}</span> : null}
        >
          <ul className="sendings">
            {sendings.map((each) => (
              <SendingRow key={each.key} of={each} />
            ))}
            {uploads.map((each) => (
              <InterruptedRow key={each.id} of={each} onFile={isAdmin ? (file) => void take([file], each) : null} />
            ))}
          </ul>
        </Card>
      ) : null}
    </>
  )
}

interface AddParts {
  isAdmin: boolean
  /** of which the server has a part, and that this window does not send */
  uploads: readonly ImageUpload[]
  /** bytes that are free on the server; null: not known */
  free: number | null
}

/** Files that are dropped anywhere on the page. @returns whether some are held over it */
function useDropped(isOn: boolean, onFiles: (files: readonly File[]) => void): boolean {
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    if (!isOn) return
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return
      // Else the browser would open the file in the place of the page.
      event.preventDefault()
      setOver(true)
    }
    const left = ({ relatedTarget }: DragEvent) => {
      if (relatedTarget === null) setOver(false)
    }
    const drop = (event: DragEvent) => {
      setOver(false)
      const files = [...(event.dataTransfer?.files ?? [])]
      if (files.length === 0) return
      event.preventDefault()
      onFiles(files)
    }
    window.addEventListener('dragover', over)
    window.addEventListener('dragleave', left)
    window.addEventListener('drop', drop)
    return () => {
      window.removeEventListener('dragover', over)
      window.removeEventListener('dragleave', left)
      window.removeEventListener('drop', drop)
    }
  }, [isOn, onFiles])
  return isOver
}
