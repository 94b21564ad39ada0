import { createHash } from 'node:crypto'
import { ProblemError, type Workflow, type WorkflowInput, withRemedy } from '@eims/contracts'
import {
  audit,
  createWorkflow,
  type Db,
  deleteWorkflow,
  ensureSite,
  getWorkflow,
  listWorkflows,
  replaceWorkflow,
} from '@eims/registry'
import { languageOf, type Planned } from '@eims/tinkerbell'
import type { FastifyInstance } from 'fastify'
import type { Engine } from '../engine/engine.ts'
import { fetchable } from '../engine/template-images.ts'
import { lookAt, renderTemplate, seenBy } from '../engine/template-render.ts'
import type { NamedImages } from '../images/fetch-named.ts'
import { ComeAgain } from '../problem.ts'
import { checkIfMatch } from './etag.ts'
import { serve } from './routes.ts'
import { Turns } from './turns.ts'

interface WorkflowRoutes {
  engine: Engine
  images: NamedImages
  /** base URL under which machines find this server; null while none does */
  server: () => string | null
}

/** A template of the largest size takes a second of the processor, and everybody else's requests wait for it. */
const RENDERED = { atOnce: 2, waiting: 0, waitingPerKey: 0, patience: 0 }
const AGAIN_SECONDS = 2

/** The audit log gets a digest of a template in the place of its text, which is long and may hold secrets. */
export function workflowRoutes(app: FastifyInstance, { engine, images, server }: WorkflowRoutes): void {
  const { registry, waits } = engine
  const { db } = registry
  const rendering = new Turns(RENDERED)
  serve(app, 'listWorkflows', ({ query }) => listWorkflows(db, query))
  serve(app, 'getWorkflow', ({ params }) => getWorkflow(db, params.id))
  serve(app, 'addWorkflow', async ({ body, request: { actor } }) => {
    const { stored, wanted } = await look(db, body, server())
    const made = await registry.transaction(async (tx) => {
      const workflow = await createWorkflow(tx, (await ensureSite(tx)).id, stored)
      await audit(tx, { actor, action: 'workflow.add', of: workflow, after: audited(workflow) })
      return workflow
    })
    if (body.fetch) void images.fetch(wanted, actor)
    return made
  })
  serve(app, 'putWorkflow', async ({ params, body, request }) => {
    const { stored, wanted } = await look(db, body, server())
    const { actor } = request
    const replaced = await registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'workflow', params.id)
      const before = await getWorkflow(tx, params.id)
      const workflow = await replaceWorkflow(tx, before.id, stored)
      const after = audited(workflow)
      await audit(tx, { actor, action: 'workflow.replace', of: workflow, before: audited(before), after })
      return workflow
    })
    if (body.fetch) void images.fetch(wanted, actor)
    waits.wakeAll()
    return replaced
  })
  serve(app, 'deleteWorkflow', ({ params, request }) =>
    registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'workflow', params.id)
      const gone = await deleteWorkflow(tx, params.id)
      await audit(tx, { actor: request.actor, action: 'workflow.delete', of: gone, before: audited(gone) })
      return null
    }),
  )
  const render = async (asked: Parameters<typeof renderTemplate>[1], actor: string) => {
    const made = await rendering.take(actor, () => renderTemplate(db, asked))
    if (made) return made
    throw new ComeAgain('busy', 'other templates are rendered at the moment', AGAIN_SECONDS)
  }
  serve(app, 'checkWorkflow', ({ body, request: { actor } }) =>
    render({ workflow: 'of the file', server: server(), ...body }, actor),
  )
  serve(app, 'renderWorkflow', async ({ params, body, request: { actor } }) => {
    const { name, text, report } = await getWorkflow(db, params.id)
    return render({ workflow: name, text, report, server: server(), ...body }, actor)
  })
  serve(app, 'workflowLanguage', async ({ query: { node = null } }) => {
    const { data } = await seenBy(db, { node, params: {}, hardware: null, server: server() })
    return languageOf(data)
  })
}

const audited = ({ name, report, note, text }: Workflow) => ({
  name,
  report,
  note,
  bytes: Buffer.byteLength(text),
  sha256: createHash('sha256').update(text).digest('hex'),
})

/**
 * What a template comes to before it is kept.
 * @throws ProblemError invalid-input with each mistake, by its line and column; not-found when there is no such node
 */
async function look(db: Db, body: WorkflowInput, server: string | null) {
  const { plans, mistakes } = await lookAt(db, { ...body, workflow: body.name, server })
  const [planned, ...others] = plans
  const told = mistakes.map(({ line, column, path, ...note }) => ({
    path: `body.text:${line}:${column}`,
    message: `${path ? `${path}: ` : ''}${withRemedy(note)}`,
  }))
  if (others.length > 0)
    told.push({ path: 'body.text:1:1', message: `holds ${plans.length} workflows; add each by a file of its own` })
  if (!planned || told.length > 0)
    throw new ProblemError('invalid-input', told[0] ? `${told[0].path} ${told[0].message}` : 'body.text', told)
  const { name, text, report, note } = body
  return { stored: { name, text, report, note, reports: planned.report.is }, wanted: named(planned, text) }
}

/** Of URLs that are made of what is known of a machine, those of one that is made up are none. */
const named = ({ images }: Planned, text: string) =>
  images.flatMap((wanted) => (text.includes(wanted.url) ? (fetchable(wanted, architectureOf(wanted)) ?? []) : []))

/** Templates do not say what an image is for, and the names of files mostly do. */
const architectureOf = ({ url }: { url: string }) => (/arm64|aarch64/i.test(url) ? 'arm64' : 'x86_64')
