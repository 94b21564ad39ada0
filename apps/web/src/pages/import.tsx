import { csvHeader, includesRole, MOST_IMPORT_BYTES } from '@eims/contracts'
import { useEffect, useState } from 'react'
import { Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { Link } from 'wouter'
import { addresses } from '../addresses.ts'
import { reading } from '../server/client.ts'
import { useList } from '../server/list.ts'
import { useSession } from '../server/session.ts'
import { PushButton } from '../shown/button.tsx'
import { Card } from '../shown/card.tsx'
import { Field } from '../shown/fields.tsx'
import { useSpoken, useWords } from '../shown/language.tsx'
import { Notice, Read } from '../shown/states.tsx'
import { tell } from '../shown/told.tsx'
import { importWords } from '../words/import.ts'
import { isMended, openDraft, useDraft } from './import-draft.ts'
import { ImportList } from './import-list.tsx'
import { ImportRows } from './import-rows.tsx'
import '../style/import.css'

const LATEST = 5

/** A list of machines: dropped, chosen or pasted, looked at and mended, then imported. */
export function ImportPage() {
  const words = useSpoken(importWords)
  const draft = useDraft()
  const session = useSession().data
  const [wrong, setWrong] = useState<string | null>(null)
  const isOpener = session !== null && session !== undefined && includesRole(session.role, 'operator')
  const open = (file: File | undefined) => {
    if (!file || !isOpener) return
    if (draft && isMended(draft)) tell(words.closeFirst, { tone: 'bad' })
    else if (file.size > MOST_IMPORT_BYTES)
      setWrong(words.tooLarge(file.name, `${MOST_IMPORT_BYTES / 1024 / 1024} MiB`))
    else if (file.size === 0) setWrong(words.empty(file.name))
    else {
      setWrong(null)
      openDraft(session.name, file.name, file)
    }
  }
  // Wherever on the page a file is let go, it is opened here, and not by the browser.
  useEffect(() => {
    const over = (event: DragEvent) => event.preventDefault()
    const dropped = (event: DragEvent) => {
      event.preventDefault()
      open(event.dataTransfer?.files[0])
    }
    document.addEventListener('dragover', over)
    document.addEventListener('drop', dropped)
    return () => {
      document.removeEventListener('dragover', over)
      document.removeEventListener('drop', dropped)
    }
  })
  if (!isOpener) return <OnlyLooks />
  if (draft) return <ImportList draft={draft} />
  return <NoList owner={session.name} wrong={wrong} onFile={open} />
}

function OnlyLooks() {
  const words = useWords()
  const own = useSpoken(importWords)
  return (
    <div className="page">
      <h1>{own.title}</h1>
      <Notice title={words.mayOnlyLook} />
      <Latest />
    </div>
  )
}

/** Nothing is open yet. */
function NoList({
  owner,
  wrong,
  onFile,
}: {
  owner: string
  /** why a file was not opened */
  wrong: string | null
  onFile: (file: File | undefined) => void
}) {
  const words = useSpoken(importWords)
  const [isOver, setOver] = useState(false)
  const openText = (text: string) => {
    if (text.trim() !== '') openDraft(owner, words.pasted, new Blob([text]))
  }
  useEffect(() => {
    const pasted = ({ target, clipboardData }: ClipboardEvent) => {
      if (target instanceof Element && target.closest('input, textarea')) return
      const [file] = clipboardData?.files ?? []
      if (file) onFile(file)
      else openText(clipboardData?.getData('text/plain') ?? '')
    }
    document.addEventListener('paste', pasted)
    return () => document.removeEventListener('paste', pasted)
  })
  return (
    <div className="page import-page">
      <header>
        <h1>{words.title}</h1>
        <p className="dim">{words.lead}</p>
      </header>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: who has no mouse chooses the file by the button */}
      <div
        className="drop"
        data-over={isOver || undefined}
        onDragOver={() => setOver(true)}
        onDragLeave={() => setOver(false)}
        onDrop={() => setOver(false)}
      >
        <svg viewBox="0 0 48 48" aria-hidden="true">
          <path d="M24 6v24M14 21l10 10 10-10M7 33v9h34v-9" />
        </svg>
        <p className="drop-title">{isOver ? words.dropNow : words.drop}</p>
        <div className="drop-ways">
          <label className="button main">
            <input
              type="file"
              className="hidden"
              accept=".csv,.tsv,.txt,.xlsx,.xlsm"
              onChange={({ target }) => onFile(target.files?.[0])}
            />
            {words.choose}
          </label>
          <Paste onText={openText} />
        </div>
        <a className="small" href={TEMPLATE} download="machines.csv">
          {words.template}
        </a>
        {wrong === null ? null : (
          <p className="wrong" role="alert">
            {wrong}
          </p>
        )}
      </div>
      <div className="import-hints">
        <p>{words.needs}</p>
        <p>{words.safe}</p>
      </div>
      <Latest />
    </div>
  )
}

const TEMPLATE = `data:text/csv;charset=utf-8,${encodeURIComponent(`${csvHeader}\r\n`)}`

/** Rows of a spreadsheet, in a place where one sees them first. */
function Paste({ onText }: { onText: (text: string) => void }) {
  const words = useWords()
  const own = useSpoken(importWords)
  const [text, setText] = useState('')
  return (
    <DialogTrigger onOpenChange={() => setText('')}>
      <PushButton>{own.paste}</PushButton>
      <ModalOverlay className="overlay" isDismissable>
        <Modal className="modal wide">
          <Dialog className="dialog">
            {({ close }) => (
              <form
                onSubmit={(event) => {
                  event.preventDefault()
                  onText(text)
                }}
              >
                <Heading slot="title">{own.paste}</Heading>
                <Field
                  label={own.pasteLabel}
                  help={own.pasteHelp}
                  value={text}
                  onChange={setText}
                  lines={10}
                  isCode
                  autoFocus
                />
                <footer>
                  <PushButton onPress={close}>{words.cancel}</PushButton>
                  <PushButton type="submit" tone="main" isDisabled={text.trim() === ''}>
                    {own.open}
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

/** What was imported lately. */
function Latest() {
  const words = useSpoken(importWords)
  const list = useList('listImports', reading.imports)
  return (
    <Card title={words.latest} side={<Link href={addresses.importHistory}>{words.allImports}</Link>} className="bare">
      <Read of={list.read} rows={3}>
        {(imports) =>
          imports.length === 0 ? (
            <p className="dim">{words.noHistory}</p>
          ) : (
            <ImportRows label={words.latest} of={imports.slice(0, LATEST)} />
          )
        }
      </Read>
    </Card>
  )
}
