import { ProblemError } from '@eims/contracts'
import { type ReactNode, useState } from 'react'
import { PushButton } from '../shown/button.tsx'
import { Ask } from '../shown/dialog.tsx'
import { useSpoken, useWords } from '../shown/language.tsx'
import { wrongOf } from '../shown/states.tsx'
import { tell } from '../shown/told.tsx'
import { editorWords } from '../words/editor.ts'
import type { useDraft } from './draft.ts'

type Draft = Pick<ReturnType<typeof useDraft>, 'isChanged' | 'isRestored' | 'isOvertaken' | 'base' | 'rebase' | 'drop'>

/** The button that saves, whether there is anything to save, and what else can be done with it. */
export function Saving({ draft, isNew = false, isReady = true, onSave, children }: SavingParts) {
  const spoken = useSpoken(editorWords)
  const words = useWords()
  const [isBusy, setBusy] = useState(false)
  const save = async () => {
    setBusy(true)
    try {
      await onSave(draft.base)
    } catch (error) {
      const isOld = error instanceof ProblemError && error.code === 'precondition-failed'
      tell(isOld ? `${spoken.changedMeanwhile}. ${spoken.changedMeanwhileHelp}` : wrongOf(error, words), {
        tone: 'bad',
      })
    } finally {
      setBusy(false)
    }
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in
    <div className="actions" role="group" aria-label={words.actions}>
      <span className="dim small" role="status">
        {draft.isChanged ? spoken.unsaved : isNew ? '' : spoken.saved}
      </span>
      {children}
      <PushButton
        tone="main"
        isDisabled={!isReady || isBusy || draft.isOvertaken || !(draft.isChanged || isNew)}
        onPress={() => void save()}
      >
        {words.save}
      </PushButton>
    </div>
  )
}

interface SavingParts {
  draft: Draft
  /** there is none yet: it can be saved as it stands */
  isNew?: boolean
  isReady?: boolean
  /** @param base the ETag that goes along as If-Match */
  onSave: (base: string) => Promise<unknown>
  children?: ReactNode
}

/** What is to know of something unsaved: that the browser kept it, or that somebody else was quicker. */
export function Unsaved({ draft, keeps, onReadAnew }: { draft: Draft; keeps: string; onReadAnew: () => unknown }) {
  const spoken = useSpoken(editorWords)
  if (!draft.isChanged) return null
  const discard = (
    <Ask
      label={draft.isOvertaken ? spoken.readAnew : spoken.discard}
      title={spoken.discardTitle}
      help={spoken.discardHelp}
      onDo={async () => {
        draft.drop()
        await onReadAnew()
      }}
    />
  )
  if (draft.isOvertaken)
    return (
      <div className="unsaved bad" role="alert">
        <p>
          <b>{spoken.changedMeanwhile}</b>
          <span className="note">{spoken.changedMeanwhileHelp}</span>
        </p>
        {discard}
        <Ask
          label={spoken.overwrite}
          tone="hurts"
          title={`${spoken.overwrite}?`}
          help={spoken.overwriteHelp}
          onDo={async () => draft.rebase()}
        />
      </div>
    )
  if (!draft.isRestored) return null
  return (
    <div className="unsaved" role="status">
      <p>
        {spoken.restored} <span className="dim">{keeps}</span>
      </p>
      {discard}
    </div>
  )
}
