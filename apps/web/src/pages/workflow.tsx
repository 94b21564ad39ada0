import {
  includesRole,
  ProblemError,
  type Workflow,
  type WorkflowInput,
  type WorkflowLanguage,
  WorkflowParams,
  WorkflowReport,
} from '@eims/contracts'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo, useRef, useState } from 'react'
import { Link, useLocation, useParams, useSearch } from 'wouter'
import { addresses, addressOfNewWorkflow, addressOfWorkflow } from '../addresses.ts'
import { useChecked } from '../editor/checked.ts'
import { useDraft } from '../editor/draft.ts'
import { Editor, type EditorHandle } from '../editor/editor.tsx'
import { Findings, foundOf } from '../editor/findings.tsx'
import { sourceOf } from '../editor/offers.ts'
import { Saving, Unsaved } from '../editor/saving.tsx'
import { reading, readings, readTagged, server, type Tagged, unchangedSince } from '../server/client.ts'
import { useRole, useSession } from '../server/session.ts'
import { Card } from '../shown/card.tsx'
import { Choice } from '../shown/choice.tsx'
import { Ask } from '../shown/dialog.tsx'
import { Field, OnOff } from '../shown/fields.tsx'
import { useSpoken, useWords } from '../shown/language.tsx'
import { Failure, Loading, Notice, Read } from '../shown/states.tsx'
import { tell } from '../shown/told.tsx'
import { editorWords } from '../words/editor.ts'
import { workflowWords } from '../words/workflows.ts'
import { NodeChoice } from './node-choice.tsx'
import { workflowOffers } from './workflow-offers.ts'
import { WorkflowPreview } from './workflow-preview.tsx'
import { isStart, starts } from './workflow-starts.ts'
import '../style/editor.css'
import '../style/workflows.css'

/** What a person changes of a workflow. */
type Kept = Pick<WorkflowInput, 'name' | 'text' | 'report' | 'note'>

const keptOf = ({ name, text, report, note }: Workflow): Kept => ({ name, text, report, note })

/** One stored workflow, or one to come: its text with what is wrong in it, and what it comes to on a machine. */
export function WorkflowPage() {
  const spoken = useSpoken(workflowWords)
  const { name } = useParams<{ name: string }>()
  const stored = useQuery({
    queryKey: [...reading.workflows, 'one', name],
    queryFn: () => readTagged('getWorkflow', { params: { id: name } }),
  })
  if (stored.error instanceof ProblemError && stored.error.code === 'not-found')
    return (
      <div className="page">
        <h1 className="hidden">{spoken.title}</h1>
        <Notice title={spoken.gone} help={spoken.goneHelp}>
          <Link href={addresses.workflows}>{spoken.back}</Link>
        </Notice>
      </div>
    )
  return (
    <div className="page workflow">
      {stored.data ? null : <h1 className="hidden">{spoken.title}</h1>}
      <Read of={stored} rows={14}>
        {({ value, tag }) => <Shown key={value.id} workflow={value} tag={tag} />}
      </Read>
    </div>
  )
}

/** A new one, from a start or a copy of another one. */
export function NewWorkflowPage() {
  const spoken = useSpoken(workflowWords)
  const { start } = useParams<{ start: string }>()
  const of = new URLSearchParams(useSearch()).get('of')
  const copied = useQuery({
    queryKey: [...reading.workflows, 'one', of ?? ''],
    queryFn: () => readTagged('getWorkflow', { params: { id: of ?? '' } }),
    enabled: of !== null,
  })
  const text = isStart(start) ? starts[start] : ''
  return (
    <div className="page workflow">
      {of === null ? (
        <Shown key={start} workflow={{ name: '', text, report: null, note: null }} tag="" />
      ) : copied.data ? (
        <Shown key={of} workflow={{ ...keptOf(copied.data.value), name: '' }} tag="" />
      ) : (
        <>
          <h1 className="hidden">{spoken.make}</h1>
          {copied.error ? <Failure error={copied.error} /> : <Loading rows={14} />}
        </>
      )}
    </div>
  )
}

const renew = () => readings.invalidateQueries({ queryKey: reading.workflows })

function Shown({ workflow, tag }: { workflow: Workflow | Kept; tag: string }) {
  const spoken = useSpoken(workflowWords)
  const editor = useSpoken(editorWords)
  const words = useWords()
  const [, navigate] = useLocation()
  const mayChange = includesRole(useRole(), 'admin')
  const who = useSession().data?.name ?? ''
  const id = 'id' in workflow ? workflow.id : null
  const stored: Tagged<Kept> = { value: { ...(id === null ? workflow : keptOf(workflow as Workflow)) }, tag }
  const title = workflow.name || spoken.make
  const draft = useDraft(`workflow.${who}.${id ?? 'new'}`, stored, localStorage, () => tell(editor.left(title)))
  const { name, text, report, note } = draft.value
  const [fetch, setFetch] = useState(true)
  const [node, setNode] = useState<string | null>(null)
  const [said, setSaid] = useState('')
  const params = paramsOf(said)
  const handle = useRef<EditorHandle>(null)
  const body = text.trim() === '' || params === null ? null : { text, report, node, params }
  const checked = useChecked([...reading.workflows, 'check'], body, (asked, signal) =>
    server('checkWorkflow', { body: asked }, { signal }),
  )
  const found = useMemo(() => checked.data && foundOf(checked.data), [checked.data])
  const language = useLanguage(node)
  const complete = useMemo(
    () => language && sourceOf((whole, offset) => workflowOffers(language, whole, offset)),
    [language],
  )
  const jumpTo = (line: number, column: number) => handle.current?.jumpTo(line, column)
  const save = async (base: string) => {
    const sent = { name, text, report, note, fetch, node, params: params ?? {} }
    const before = { ...stored.value }
    const made =
      id === null
        ? await readTagged('addWorkflow', { body: sent })
        : await readTagged('putWorkflow', { params: { id }, body: sent }, unchangedSince(base))
    draft.drop()
    readings.setQueryData([...reading.workflows, 'one', made.value.name], made)
    const undo = async () => {
      if (id === null) await server('deleteWorkflow', { params: { id: made.value.id } }, unchangedSince(made.tag))
      else await server('putWorkflow', { params: { id }, body: { ...before, fetch: false } }, unchangedSince(made.tag))
      await renew()
      navigate(id === null ? addresses.workflows : addressOfWorkflow(before.name), { replace: true })
    }
    tell(id === null ? spoken.made(made.value.name) : spoken.saved(made.value.name), { undo })
    navigate(addressOfWorkflow(made.value.name), { replace: true })
    void renew()
  }
  return (
    <>
      <header className="edit-head">
        <p className="small">
          <Link href={addresses.workflows}>{spoken.back}</Link>
        </p>
        <div className="edit-title">
          <h1>{title}</h1>
          {mayChange ? (
            <Saving draft={draft} isNew={id === null} isReady={name.trim() !== '' && body !== null} onSave={save}>
              {id === null ? null : (
                <>
                  <Link href={addressOfNewWorkflow('copy', workflow.name)} className="button quiet">
                    {spoken.duplicate}
                  </Link>
                  <Ask
                    label={words.remove}
                    tone="hurts"
                    title={spoken.deleteTitle(workflow.name)}
                    help={spoken.deleteHelp}
                    onDo={async () => {
                      await server('deleteWorkflow', { params: { id } }, unchangedSince(tag))
                      draft.drop()
                      tell(spoken.deleted(workflow.name), {
                        undo: async () => {
                          await server('addWorkflow', { body: { ...stored.value, fetch: false } })
                          await renew()
                        },
                      })
                      navigate(addresses.workflows)
                      void renew()
                    }}
                  />
                </>
              )}
            </Saving>
          ) : null}
        </div>
        {mayChange ? (
          <Unsaved draft={draft} keeps={editor.keptBrowser} onReadAnew={renew} />
        ) : (
          <p className="dim small">{spoken.readOnly}</p>
        )}
      </header>
      <div className="two wide">
        <div className="stack">
          <Card title={spoken.template} className="editing">
            <Editor
              label={spoken.template}
              value={text}
              onChange={(next) => draft.change({ text: next })}
              isReadOnly={!mayChange}
              isTemplate
              handle={handle}
              {...(found ? { found } : {})}
              {...(complete ? { complete } : {})}
            />
            <p className="dim small editor-help">{editor.help}</p>
            <Findings of={found} error={checked.error} isChecking={checked.isChecking} onJump={jumpTo} />
          </Card>
        </div>
        <div className="stack">
          <Card title={spoken.settings}>
            <div className="form">
              <Field
                label={spoken.name}
                value={name}
                onChange={(next) => draft.change({ name: next })}
                isRequired
                maxLength={63}
                isCode
                isDisabled={!mayChange}
              />
              <Field
                label={spoken.note}
                value={note ?? ''}
                onChange={(next) => draft.change({ note: next === '' ? null : next })}
                maxLength={4096}
                isDisabled={!mayChange}
              />
              <Choice
                label={spoken.report}
                options={(['', ...WorkflowReport.options] as const).map(
                  (each) => [each, spoken.reportChoice[each]] as const,
                )}
                isDisabled={!mayChange}
                value={report ?? ''}
                onChange={(next) => draft.change({ report: next === '' ? null : next })}
              />
              {mayChange ? (
                <OnOff label={spoken.fetch} help={spoken.fetchHelp} isSelected={fetch} onChange={setFetch} />
              ) : null}
            </div>
          </Card>
          {'profiles' in workflow ? (
            <Card title={spoken.usedBy}>
              {workflow.profiles.length === 0 ? (
                <p className="dim">{spoken.unused}</p>
              ) : (
                <>
                  <p>{workflow.profiles.join(', ')}</p>
                  <p className="dim small">{spoken.usedHelp}</p>
                </>
              )}
            </Card>
          ) : null}
          <Card title={spoken.preview}>
            <div className="form">
              <NodeChoice value={node} onChange={setNode} />
              <Field
                label={spoken.params}
                help={spoken.paramsHelp}
                value={said}
                onChange={setSaid}
                lines={2}
                isCode
                {...(params === null ? { wrong: spoken.paramsHelp } : {})}
              />
            </div>
            {checked.data ? <WorkflowPreview of={checked.data} onJump={jumpTo} /> : null}
          </Card>
        </div>
      </div>
    </>
  )
}

/** PURE: KEY=VALUE by lines; null: a line is none, or what may not stand there. */
function paramsOf(text: string): Record<string, string> | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const pairs = lines.map((line) => /^\s*([^=\s]+)\s*=(.*)$/.exec(line))
  if (pairs.includes(null)) return null
  const read = WorkflowParams.safeParse(Object.fromEntries(pairs.map((pair) => [pair?.[1], pair?.[2]])))
  return read.success ? read.data : null
}

function useLanguage(node: string | null): WorkflowLanguage | undefined {
  return useQuery({
    queryKey: [...reading.workflows, 'language', node],
    queryFn: ({ signal }) => server('workflowLanguage', node === null ? {} : { query: { node } }, { signal }),
    placeholderData: keepPreviousData,
  }).data
}
