import { ConfigLevel, configStart, includesRole } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useRef, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { addressOfConfigFile } from '../addresses.ts'
import { useChecked } from '../editor/checked.ts'
import { useDraft } from '../editor/draft.ts'
import { Editor, type EditorHandle } from '../editor/editor.tsx'
import { Findings, foundOf } from '../editor/findings.tsx'
import { sourceOf } from '../editor/offers.ts'
import { Saving, Unsaved } from '../editor/saving.tsx'
import { reading, readings, server, type Tagged } from '../server/client.ts'
import { useList } from '../server/list.ts'
import { useRole, useSession } from '../server/session.ts'
import { PushButton } from '../shown/button.tsx'
import { Card } from '../shown/card.tsx'
import { Choice } from '../shown/choice.tsx'
import { useSpoken } from '../shown/language.tsx'
import { Failure, Read } from '../shown/states.tsx'
import { tell } from '../shown/told.tsx'
import { configWords } from '../words/config-files.ts'
import { editorWords } from '../words/editor.ts'
import { type Carrier, mayChange, readCarrier, storeConfig } from './config-carriers.ts'
import { ConfigForm } from './config-form.tsx'
import { configOffers, type Schema } from './config-offers.ts'
import { ConfigResult } from './config-result.tsx'
import { NodeChoice } from './node-choice.tsx'
import { quoted } from './node-query.ts'
import '../style/editor.css'
import '../style/workflows.css'
import '../style/config-files.css'

/** The config-files of the site, batches, profiles and nodes, one at a time; the address says which. */
export function ConfigFilesPage() {
  const spoken = useSpoken(configWords)
  const [, navigate] = useLocation()
  const search = new URLSearchParams(useSearch())
  const given = ConfigLevel.safeParse(search.get('of'))
  const level = given.success ? given.data : 'site'
  const name = level === 'site' ? '' : (search.get('name') ?? '')
  const go = (to: ConfigLevel, its: string) => navigate(addressOfConfigFile(to, its), { replace: true })
  return (
    <div className="page config-files">
      <header className="edit-head">
        <h1>{spoken.title}</h1>
        <p className="dim">{spoken.lead}</p>
        <div className="whose">
          <Choice
            label={spoken.whose}
            options={ConfigLevel.options.map((each) => [each, spoken.levels[each]] as const)}
            value={level}
            onChange={(to) => go(to, '')}
          />
          {level === 'batch' || level === 'profile' ? (
            <Carriers key={level} level={level} value={name} onChange={(its) => go(level, its)} />
          ) : level === 'node' ? (
            <NodeChoice
              key="node"
              label={spoken.levels.node}
              value={name || null}
              onChange={(its) => go(level, its ?? '')}
            />
          ) : null}
        </div>
      </header>
      {level !== 'site' && name === '' ? (
        <p className="dim">{spoken.choose}</p>
      ) : (
        <One key={`${level} ${name}`} level={level} name={name} />
      )}
    </div>
  )
}

function Carriers({
  level,
  value,
  onChange,
}: {
  level: 'batch' | 'profile'
  value: string
  onChange: (name: string) => void
}) {
  const spoken = useSpoken(configWords)
  const batches = useList('listBatches', reading.batches, { orderBy: 'name' })
  const profiles = useList('listProfiles', reading.profiles, { orderBy: 'name' })
  const { data, error } = level === 'batch' ? batches.read : profiles.read
  if (error) return <Failure error={error} />
  if (data?.length === 0) return <p className="dim">{spoken.noThing[level]}</p>
  const options = data?.map(({ name, config }): [string, string] => [name, config ? spoken.has(name) : name]) ?? []
  return <Choice label={spoken.thing[level]} options={options} value={value} onChange={onChange} />
}

/** What an event of each is read anew by (live.ts). */
const keyOf = { site: reading.site, batch: reading.batches, profile: reading.profiles }

function One({ level, name }: { level: ConfigLevel; name: string }) {
  // A node's events have its id, and the address its name.
  const id = useQuery({
    queryKey: ['config-file', 'id', name],
    queryFn: async () => (await server('getNode', { params: { id: name } })).id,
    enabled: level === 'node',
  })
  const key = [...(level === 'node' ? reading.node(id.data ?? '') : keyOf[level]), 'config-file', name]
  const stored = useQuery({
    queryKey: key,
    queryFn: () => readCarrier(level, id.data ?? name),
    enabled: level !== 'node' || id.data !== undefined,
  })
  return (
    <Read of={level === 'node' && id.error ? { ...stored, error: id.error } : stored} rows={12}>
      {(carrier) => (
        <Edited level={level} stored={carrier} onReadAnew={() => readings.invalidateQueries({ queryKey: key })} />
      )}
    </Read>
  )
}

const schemaKey = ['config-schema']

function Edited({
  level,
  stored: { value: carrier, tag },
  onReadAnew,
}: {
  level: ConfigLevel
  stored: Tagged<Carrier>
  onReadAnew: () => Promise<void>
}) {
  const spoken = useSpoken(configWords)
  const editor = useSpoken(editorWords)
  const role = useRole()
  const who = useSession().data?.name ?? ''
  const mayStore = includesRole(role, mayChange[level])
  const mayTry = includesRole(role, 'operator')
  const stored = { value: { text: carrier.text }, tag }
  const draft = useDraft(`config-file.${who}.${level}.${carrier.id ?? ''}`, stored, sessionStorage, () =>
    tell(editor.left(`${spoken.left} ${spoken.of[level]} ${carrier.name}`)),
  )
  const { text } = draft.value
  const [chosen, choose] = useState<string | null>(null)
  const node = level === 'node' ? carrier.name : chosen
  const handle = useRef<EditorHandle>(null)
  const body = mayTry && text.trim() !== '' ? { config: text, level, of: carrier.id, node } : null
  const checked = useChecked([...reading.nodes, 'config-check'], body, (asked, signal) =>
    server('checkConfig', { body: asked }, { signal }),
  )
  const found = useMemo(() => (body && checked.data ? foundOf(checked.data) : undefined), [body === null, checked.data])
  const schema = useQuery({ queryKey: schemaKey, queryFn: () => server('configSchema', {}) }).data as Schema | undefined
  const complete = useMemo(() => schema && sourceOf((whole, offset) => configOffers(schema, whole, offset)), [schema])
  const jumpTo = (line: number, column: number) => handle.current?.jumpTo(line, column)
  const save = async (base: string) => {
    const before = carrier.text
    await storeConfig(level, carrier, text, base)
    draft.drop()
    await onReadAnew()
    tell(text.trim() === '' ? spoken.removed : spoken.saved, {
      undo: async () => {
        await storeConfig(level, carrier, before, (await readCarrier(level, carrier.id ?? '')).tag)
        await onReadAnew()
      },
    })
  }
  return (
    <>
      <div className="edit-title">
        <h2>
          {spoken.one} {spoken.of[level]} <span className="mono">{carrier.name}</span>
        </h2>
        {mayStore ? <Saving draft={draft} onSave={save} /> : null}
      </div>
      {mayStore ? (
        <Unsaved draft={draft} keeps={editor.keptSession} onReadAnew={onReadAnew} />
      ) : (
        <p className="dim small">{spoken.readOnly[mayChange[level] === 'admin' ? 'admin' : 'operator']}</p>
      )}
      {text === '' ? (
        <div className="unsaved calm">
          <p>
            {spoken.empty}
            {mayStore ? <span className="note">{spoken.startHelp}</span> : null}
          </p>
          {mayStore ? (
            <PushButton onPress={() => draft.change({ text: configStart(null) })}>{spoken.start}</PushButton>
          ) : null}
        </div>
      ) : null}
      <div className="two">
        <Card title={spoken.text}>
          <Editor
            label={spoken.text}
            value={text}
            onChange={(next) => draft.change({ text: next })}
            isReadOnly={!mayStore}
            handle={handle}
            found={found ?? []}
            {...(complete ? { complete } : {})}
          />
          <p className="dim small editor-help">
            {editor.help} {text.includes('***') ? spoken.hidden : ''}
          </p>
          {body ? (
            <Findings of={found} error={checked.error} isChecking={checked.isChecking} onJump={jumpTo} />
          ) : mayTry ? null : (
            <p className="dim small">{spoken.unchecked}</p>
          )}
        </Card>
        <Card title={spoken.form}>
          <p className="dim small">{spoken.formHelp}</p>
          {schema ? (
            <ConfigForm
              schema={schema}
              text={text}
              onChange={(next) => draft.change({ text: next })}
              isReadOnly={!mayStore}
            />
          ) : null}
        </Card>
      </div>
      <Card title={spoken.result}>
        <div className="form">
          <p className="dim small">{body ? spoken.resultHelp : spoken.resultStored}</p>
          {level === 'node' ? null : (
            <NodeChoice value={chosen} onChange={choose} within={withinOf(level, carrier.name)} />
          )}
          {node === null ? (
            <p className="dim">{spoken.resultChoose}</p>
          ) : body ? (
            checked.data?.result ? (
              <ConfigResult of={checked.data.result} level={level} />
            ) : (
              <p className="dim">{checked.data ? spoken.resultWrong : editor.checking}</p>
            )
          ) : (
            <StoredResult node={node} level={level} />
          )}
        </div>
      </Card>
    </>
  )
}

/** The nodes that get something of it. */
const withinOf = (level: ConfigLevel, name: string): string => (level === 'site' ? '' : `${level} = ${quoted(name)}`)

function StoredResult({ node, level }: { node: string; level: ConfigLevel }) {
  const result = useQuery({
    queryKey: [...reading.nodes, 'config', node],
    queryFn: () => server('nodeConfig', { params: { id: node } }),
    staleTime: 0,
  })
  return <Read of={result}>{(of) => <ConfigResult of={of} level={level} />}</Read>
}
