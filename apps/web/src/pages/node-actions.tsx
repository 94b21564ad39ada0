import type { NodeDetail, RetryInput, RouteName } from '@eims/contracts'
import { includesRole } from '@eims/contracts'
import { useState } from 'react'
import { Input, Label, Radio, RadioGroup, Text, TextField } from 'react-aria-components'
import type { z } from 'zod'
import { reading, readings, server } from '../server/client.ts'
import { useRole } from '../server/session.ts'
import { Ask } from '../shown/dialog.tsx'
import { Field } from '../shown/fields.tsx'
import { useWords } from '../shown/language.tsx'

type From = 'failed-action' | 'start'

/** What can be done with a node in its state, by whoever may. */
export function NodeActions({ node }: { node: NodeDetail }) {
  const words = useWords()
  const role = useRole()
  if (!includesRole(role, 'operator')) return <p className="dim small">{words.mayOnlyLook}</p>
  const state = node.instance?.state
  const isBusy = node.run?.state === 'RUNNING' || node.run?.state === 'PENDING'
  const isPaused = isBusy && node.waiting !== null && ['paused', 'waits-for-person'].includes(node.waiting.code)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in
    <div className="actions" role="group" aria-label={words.actions}>
      {node.registered ? null : <Adopt node={node} />}
      {state === 'FAILED' && node.run ? <Retry node={node} /> : null}
      {isPaused ? <Plain node={node} name="resumeNode" label={words.resume} /> : null}
      {node.hold === null && node.waiting?.code === 'not-asked-for' ? (
        <Plain node={node} name="provisionNode" label={words.provision} />
      ) : null}
      {isBusy ? (
        <Plain node={node} name="cancelNode" label={words.cancelRun} tone="hurts" help={words.cancelRunHelp} />
      ) : null}
      {node.hold !== null ? <Plain node={node} name="releaseNode" label={words.release} /> : null}
      {node.hold === null && !isBusy ? <WithReason node={node} what="hold" /> : null}
      {node.instance && state !== 'PENDING' && !isBusy ? <WithReason node={node} what="reprovision" /> : null}
    </div>
  )
}

/** The node and whatever lists it are read anew: the change is to be seen at once, whenever its event comes. */
const renew = async ({ id }: NodeDetail) => {
  await readings.invalidateQueries({ queryKey: reading.node(id) })
  void readings.invalidateQueries({ queryKey: reading.nodes })
  void readings.invalidateQueries({ queryKey: reading.overview })
}

type Simple = Extract<RouteName, 'resumeNode' | 'provisionNode' | 'releaseNode' | 'cancelNode'>

function Plain({
  node,
  name,
  label,
  ...more
}: {
  node: NodeDetail
  name: Simple
  label: string
  tone?: 'main' | 'hurts'
  help?: string
}) {
  return (
    <Ask
      label={label}
      tone="main"
      {...more}
      title={`${label}: ${node.name}?`}
      onDo={async () => {
        await server(name, { params: { id: node.id } })
        await renew(node)
      }}
    />
  )
}

function WithReason({ node, what }: { node: NodeDetail; what: 'hold' | 'reprovision' }) {
  const words = useWords()
  const [reason, setReason] = useState('')
  return (
    <Ask
      label={words[what]}
      tone={what === 'reprovision' ? 'hurts' : 'plain'}
      title={words[`${what}Title`](node.name)}
      help={words[`${what}Help`]}
      isReady={reason.trim().length >= 3}
      onDo={async () => {
        await server(`${what}Node`, { params: { id: node.id }, body: { reason } })
        setReason('')
        await renew(node)
      }}
    >
      <TextField value={reason} onChange={setReason} autoFocus isRequired maxLength={500}>
        <Label>{words.reasonLabel}</Label>
        <Input className="input" />
        <Text slot="description" className="dim small">
          {words.reasonHelp}
        </Text>
      </TextField>
    </Ask>
  )
}

function Adopt({ node }: { node: NodeDetail }) {
  const words = useWords()
  const [name, setName] = useState(node.name)
  return (
    <Ask
      label={words.adopt}
      tone="main"
      title={words.adoptTitle(node.name)}
      help={words.adoptHelp}
      isReady={name.trim() !== ''}
      onDo={async () => {
        await server('adoptNode', { params: { id: node.id }, body: { name: name.trim() } })
        await renew(node)
      }}
    >
      {({ name: wrong }) => (
        <Field
          label={words.adoptName}
          value={name}
          onChange={setName}
          wrong={wrong}
          isCode
          isRequired
          autoFocus
          maxLength={63}
        />
      )}
    </Ask>
  )
}

function Retry({ node }: { node: NodeDetail }) {
  const words = useWords()
  const [from, setFrom] = useState<From>('failed-action')
  const body: z.input<typeof RetryInput> = { from }
  return (
    <Ask
      label={words.retry}
      tone="main"
      title={words.retryTitle(node.name)}
      onDo={async () => {
        await server('retryNode', { params: { id: node.id }, body })
        await renew(node)
      }}
    >
      <RadioGroup value={from} onChange={(value) => setFrom(value as From)} className="radios">
        <Label className="hidden">{words.retry}</Label>
        <Radio value="failed-action" className="radio">
          {words.retryFailed}
        </Radio>
        <Radio value="start" className="radio">
          {words.retryStart}
        </Radio>
      </RadioGroup>
    </Ask>
  )
}
