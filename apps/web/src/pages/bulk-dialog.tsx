import { bulkFits, type Node } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useRef, useState } from 'react'
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { server } from '../server/client.ts'
import { PushButton } from '../shown/button.tsx'
import { Field, faultsOf } from '../shown/fields.tsx'
import { useCount } from '../shown/figures.ts'
import { useSpoken, useWords } from '../shown/language.tsx'
import { Failure, wrongOf } from '../shown/states.tsx'
import { tell } from '../shown/told.tsx'
import { bulkWords } from '../words/bulk.ts'
import { allOf, type BulkChange, type BulkName, canUndo, MOST_UNDONE, notesOf } from './bulk-actions.ts'
import { BulkReportShown } from './bulk-report.tsx'
import { type Chosen, type Outcome, renewNodes, runBulk } from './bulk-run.ts'
import { NameChoice } from './node-references.tsx'
import type { Selection } from './node-selection.ts'

const SAMPLES = 6

type Phase =
  | { is: 'asking'; wrong: unknown }
  | { is: 'working'; tried: number | null; of: number; stopping: boolean }
  | { is: 'over'; outcome: Outcome }

interface DialogParts {
  name: BulkName
  chosen: Chosen
  selection: Selection
  onClose: () => void
}

/** Asks before something is done to many, tells how far it is, and what became of it. */
export function BulkDialog({ name, chosen, selection, onClose }: DialogParts) {
  const words = useSpoken(bulkWords)
  const common = useWords()
  const count = useCount()
  const [phase, setPhase] = useState<Phase>({ is: 'asking', wrong: null })
  const stop = useRef(new AbortController())
  const isWorking = phase.is === 'working'
  const act = async (those: Chosen, change: BulkChange) => {
    setPhase({ is: 'working', tried: null, of: countOf(those), stopping: false })
    try {
      const onProgress = (tried: number | null, of: number) =>
        setPhase({ is: 'working', tried, of, stopping: stop.current.signal.aborted })
      const outcome = await runBulk(those, change, onProgress, stop.current.signal)
      renewNodes()
      if (outcome.failed.length > 0 || outcome.left > 0) return setPhase({ is: 'over', outcome })
      selection.clear()
      tell(words.done[name](count(outcome.done)), outcome.undo ? { undo: outcome.undo } : {})
      onClose()
    } catch (wrong) {
      setPhase({ is: 'asking', wrong })
    }
  }
  return (
    <ModalOverlay
      className="overlay"
      isOpen
      isDismissable={!isWorking}
      isKeyboardDismissDisabled={isWorking}
      onOpenChange={(isOpen) => {
        if (!isOpen && !isWorking) onClose()
      }}
    >
      <Modal className="modal">
        <Dialog className="dialog" role="alertdialog">
          {phase.is === 'asking' ? (
            <Question name={name} chosen={chosen} wrong={phase.wrong} onCancel={onClose} onDo={act} />
          ) : phase.is === 'working' ? (
            <div className="form">
              <Heading slot="title">{words.actions[name]}</Heading>
              <progress
                max={phase.of}
                {...(phase.tried === null ? {} : { value: phase.tried })}
                aria-label={words.actions[name]}
              />
              <p className="dim" role="status">
                {phase.stopping
                  ? words.stopping
                  : phase.tried === null
                    ? words.workingAll(count(phase.of))
                    : words.working(count(phase.tried), count(phase.of))}
              </p>
              <footer>
                <PushButton
                  isDisabled={phase.stopping}
                  onPress={() => {
                    stop.current.abort()
                    setPhase({ ...phase, stopping: true })
                  }}
                >
                  {words.stop}
                </PushButton>
              </footer>
            </div>
          ) : (
            <BulkReportShown
              name={name}
              outcome={phase.outcome}
              nodes={'nodes' in chosen ? chosen.nodes : null}
              selection={selection}
              onClose={onClose}
            />
          )}
          {isWorking ? null : <span className="hidden">{common.close}</span>}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

const countOf = (chosen: Chosen) => ('nodes' in chosen ? chosen.nodes.length : chosen.count)

/** Those for whom the action does something. */
interface Fitting {
  chosen: Chosen
  count: number
  samples: readonly string[]
}

/** Told by what is known of the chosen here; of all that fit a filter by the server. */
function useFitting(name: BulkName, chosen: Chosen) {
  const rule = bulkFits[name]
  const filter = 'filter' in chosen ? allOf(chosen.filter, rule.filter) : ''
  const asked = useQuery({
    queryKey: ['bulk', filter],
    enabled: filter !== '',
    staleTime: 0,
    gcTime: 0,
    queryFn: async ({ signal }): Promise<Fitting> => {
      const query = { filter, pageSize: SAMPLES, orderBy: 'name' }
      const { items, total } = await server('listNodes', { query }, { signal })
      return { chosen: { filter, count: total }, count: total, samples: namesOf(items) }
    },
  })
  if ('filter' in chosen) return asked
  const nodes = chosen.nodes.filter(rule.applies)
  const data: Fitting = { chosen: { nodes }, count: nodes.length, samples: namesOf(nodes.slice(0, SAMPLES)) }
  return { data, error: null, refetch: asked.refetch }
}

const namesOf = (nodes: readonly Node[]) => nodes.map(({ name }) => name)

interface QuestionParts {
  name: BulkName
  chosen: Chosen
  wrong: unknown
  onCancel: () => void
  onDo: (those: Chosen, change: BulkChange) => Promise<void>
}

function Question({ name, chosen, wrong, onCancel, onDo }: QuestionParts) {
  const words = useSpoken(bulkWords)
  const common = useWords()
  const count = useCount()
  const fitting = useFitting(name, chosen)
  const form = useChange(name, fitting.data?.count ?? 0, faultsOf(wrong))
  const isReady = fitting.data !== undefined && fitting.data.count > 0 && form.change !== null
  const tone = name === 'delete' || name === 'reprovision' || name === 'cancel' ? 'hurts' : 'main'
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady) void onDo(fitting.data!.chosen, form.change!)
      }}
    >
      <Heading slot="title">{words.asks[name](count(fitting.data?.count || countOf(chosen)))}</Heading>
      <p className="dim">{words.means[name]}</p>
      {fitting.error ? (
        <Failure error={fitting.error} again={() => void fitting.refetch()} />
      ) : fitting.data === undefined ? (
        <p className="dim" role="status">
          {words.counting}
        </p>
      ) : (
        <Who name={name} of={countOf(chosen)} fitting={fitting.data} />
      )}
      {form.shown}
      {wrong === null ? null : (
        <p className="wrong" role="alert">
          {wrongOf(wrong, common)}
        </p>
      )}
      <footer>
        <PushButton onPress={onCancel}>{common.cancel}</PushButton>
        <PushButton type="submit" tone={tone} isDisabled={!isReady}>
          {words.actions[name]}
        </PushButton>
      </footer>
    </form>
  )
}

function Who({ name, of, fitting }: { name: BulkName; of: number; fitting: Fitting }) {
  const words = useSpoken(bulkWords)
  const count = useCount()
  if (fitting.count === 0) return <p role="status">{words.fitsNone}</p>
  const further = fitting.count - fitting.samples.length
  const isUndone = ['hold', 'release', 'set'].includes(name)
  return (
    <div className="who-fits" role="status">
      <p>{fitting.count >= of ? words.fitsAll : words.fits(count(fitting.count), count(of - fitting.count))}</p>
      <p className="mono small">
        {fitting.samples.join(', ')} {further > 0 ? words.further(count(further)) : null}
      </p>
      {isUndone ? (
        <p className="dim small">
          {canUndo(name, fitting.count) ? words.undoable : words.notUndoable(count(MOST_UNDONE))}
        </p>
      ) : null}
    </div>
  )
}

/** What is asked for besides; `change` is null until that is enough. */
function useChange(
  name: BulkName,
  count: number,
  faults: Readonly<Record<string, string>>,
): { shown: ReactNode; change: BulkChange | null } {
  const words = useSpoken(bulkWords)
  const [text, setText] = useState('')
  const [batch, setBatch] = useState<Picked>(same)
  const [profile, setProfile] = useState<Picked>(same)
  if (name === 'hold' || name === 'reprovision')
    return {
      shown: (
        <Field
          label={words.reason}
          help={words.reasonHelp}
          value={text}
          onChange={setText}
          autoFocus
          isRequired
          maxLength={500}
          wrong={faults.reason}
        />
      ),
      change: text.trim().length < 3 ? null : { action: name, reason: text.trim() },
    }
  if (name === 'delete')
    return {
      shown:
        count === 0 ? null : (
          <Field label={words.typeCount(String(count))} value={text} onChange={setText} autoFocus isCode />
        ),
      change: text.trim() === String(count) ? { action: name } : null,
    }
  if (name !== 'set' && name !== 'adopt') return { shown: null, change: { action: name } }
  const notes = notesOf(name === 'set' ? text : '')
  const said = {
    ...(given(batch) === undefined ? {} : { batch: given(batch) }),
    ...(given(profile) === undefined ? {} : { profile: given(profile) }),
  }
  const merged = 'changes' in notes && Object.keys(notes.changes).length > 0 ? { mergeMetadata: notes.changes } : {}
  const set = { ...said, ...merged } as NonNullable<BulkChange['set']>
  const wrongLine = 'wrong' in notes ? words.notesWrong(notes.wrong) : undefined
  const none = (label: string) => (name === 'set' ? ([['none', label]] as const) : [])
  return {
    shown: (
      <div className="form pairs">
        <NameChoice
          what="batch"
          label={words.batch}
          besides={[['same', words.same], ...none(words.noBatch)]}
          value={batch}
          onChange={setBatch}
        />
        <NameChoice
          what="profile"
          label={words.profile}
          besides={[['same', words.same], ...none(words.noProfile)]}
          value={profile}
          onChange={setProfile}
        />
        {name === 'set' ? (
          <Field
            label={words.notes}
            help={words.notesHelp}
            value={text}
            onChange={setText}
            lines={3}
            isCode
            wrong={wrongLine ?? faults['set.mergeMetadata']}
          />
        ) : null}
      </div>
    ),
    change:
      name === 'adopt'
        ? { action: name, adopt: said as NonNullable<BulkChange['adopt']> }
        : wrongLine === undefined && Object.keys(set).length > 0
          ? { action: name, set }
          : null,
  }
}

type Picked = { name: string } | { key: string }
const same: Picked = { key: 'same' }
const given = (picked: Picked): string | null | undefined =>
  'name' in picked ? picked.name : picked.key === 'none' ? null : undefined
