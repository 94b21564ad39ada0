import type { PlannedWorkflow, RenderedWorkflow } from '@eims/contracts'
import { Fragment, type ReactNode } from 'react'
import { Facts } from '../shown/card.tsx'
import { useCount } from '../shown/figures.ts'
import { useSpoken } from '../shown/language.tsx'
import { workflowWords } from '../words/workflows.ts'

type StandIns = RenderedWorkflow['standIns']
/** Characters of a value that are shown. */
const MOST = 400

/** The plan that a template comes to on one machine, step by step; what is not known before a run is marked. */
export function WorkflowPreview({
  of,
  onJump,
}: {
  of: RenderedWorkflow
  onJump: (line: number, column: number) => void
}) {
  const spoken = useSpoken(workflowWords)
  const { workflows, standIns, disk } = of
  if (workflows.length === 0) return <p className="dim">{spoken.previewWrong}</p>
  return workflows.map((plan) => (
    <div key={plan.name} className="rendered">
      {plan.disabled === null ? null : (
        <p className="wrong">
          {spoken.mustNotRun}: {plan.disabled}
        </p>
      )}
      <Facts
        of={[
          [
            spoken.disk,
            disk ? `${JSON.stringify(disk.rule)} (${spoken.diskOf[disk.of]})` : (plan.disk ?? spoken.anyDisk),
          ],
          [spoken.report, `${spoken.reports[plan.report]}: ${plan.reportWhy}`],
        ]}
      />
      <ol className="steps" aria-label={spoken.steps}>
        {plan.actions.map((action) => (
          <Step key={action.id} action={action} plan={plan} standIns={standIns} onJump={onJump} />
        ))}
      </ol>
      {plan.images.length > 0 ? (
        <>
          <h3>{spoken.images}</h3>
          <ul className="lines">
            {plan.images.map(({ action, url, image, why, remedy }) => (
              <li key={`${action} ${url}`} className="image-of">
                <Value of={url} standIns={standIns} />
                <span className={image === null ? 'lamp bad' : 'lamp good'}>
                  {image === null ? why : spoken.inStore(image)}
                </span>
                {remedy ? <code className="note">{remedy}</code> : null}
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </div>
  ))
}

function Step({
  action: { id, name, uses, with: said, env, timeout, retries = 0, after },
  plan: { sources },
  standIns,
  onJump,
}: {
  action: PlannedWorkflow['actions'][number]
  plan: PlannedWorkflow
  standIns: StandIns
  onJump: (line: number, column: number) => void
}) {
  const spoken = useSpoken(workflowWords)
  const count = useCount()
  const builtin = uses.kind === 'builtin' ? uses.builtin : uses.image
  const at = sources[id]
  const given: [string, unknown][] = [
    ...Object.entries(said).filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0)),
    ...Object.entries(env).map(([key, value]): [string, unknown] => [`$${key}`, value]),
  ]
  return (
    <li>
      <p className="step-head">
        <b>{name}</b>
        {name === builtin ? null : <span className="mono dim">{builtin}</span>}
        {at ? (
          <button type="button" className="place" onClick={() => onJump(at.line, at.column)}>
            {spoken.line(at.line)}
          </button>
        ) : (
          <span className="dim small">{spoken.ours}</span>
        )}
      </p>
      <p className="dim small">
        {[
          timeout === 0 ? spoken.noLimit : spoken.seconds(count(timeout)),
          ...(retries === 0 ? [] : [spoken.attempts(retries + 1)]),
          ...(after ? [spoken.after(after.on, after.action)] : []),
        ].join(', ')}
      </p>
      {given.length === 0 ? null : (
        <dl className="given">
          {given.map(([key, value]) => (
            <Fragment key={key}>
              <dt className="mono">{key}</dt>
              <dd>
                <Value of={typeof value === 'string' ? value : JSON.stringify(value)} standIns={standIns} />
              </dd>
            </Fragment>
          ))}
        </dl>
      )}
    </li>
  )
}

/** A value, in which what stands for something else is marked. */
function Value({ of, standIns }: { of: string; standIns: StandIns }) {
  const spoken = useSpoken(workflowWords)
  const text = of.length > MOST ? `${of.slice(0, MOST)}…` : of
  const used = standIns
    .filter(({ value }) => value !== '' && text.includes(value))
    .toSorted((one, other) => other.value.length - one.value.length)
  const [stand] = used
  if (!stand) return <code>{text}</code>
  const parts: ReactNode[] = text.split(stand.value).flatMap((part, index) => [
    ...(index === 0
      ? []
      : [
          <mark key={index} title={`${stand.path}: ${stand.why}`}>
            <span className="hidden">{spoken.standsIn}: </span>
            {stand.value}
          </mark>,
        ]),
    part,
  ])
  return <code>{parts}</code>
}
