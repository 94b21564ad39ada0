import { type BulkInput, type BulkReport, ProblemError } from '@eims/contracts'
import { deleteNode, holdNode, patchNode, releaseNode, type Selection } from '@eims/registry'
import { problemOf } from '../problem.ts'
import type { Engine } from './engine.ts'
import { carryOut } from './requests.ts'

/** So many at a time: more would only wait for the database, and keep everybody else from it. */
const AT_ONCE = 4

/**
 * Does one thing to every node of a selection, each in a transaction of its own: what fails for one is in the report,
 * and the others go on. When the database goes away, the rest fails with that.
 */
export async function bulk(engine: Engine, selection: Selection, input: BulkInput, actor: string): Promise<BulkReport> {
  const { nodes, unknown } = selection
  const failed: BulkReport['failed'] = unknown.map(({ ref, fault }) => ({
    node: ref,
    code: fault.code,
    detail: fault.message,
  }))
  const queue = nodes.values()
  const worker = async () => {
    for (const { id, name } of queue)
      try {
        await actOn(engine, id, input, actor)
      } catch (error) {
        const { code, message: detail } = problemOf(error)
        if (code === 'internal') engine.log.error({ err: error, node: id }, 'bulk action')
        failed.push({ node: name, code, detail })
      }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return { matched: nodes.length, done: nodes.length - (failed.length - unknown.length), failed }
}

async function actOn(engine: Engine, id: string, input: BulkInput, actor: string): Promise<unknown> {
  const { registry } = engine
  const { action, reason, set } = input
  switch (action) {
    case 'provision':
    case 'cancel':
      return carryOut(engine, id, { kind: action }, actor)
    case 'retry':
      return carryOut(engine, id, { kind: action, from: 'failed-action' }, actor)
    case 'reprovision':
      return carryOut(engine, id, { kind: action, reason: given(reason) }, actor)
    case 'hold':
      return registry.transaction((tx) => holdNode(tx, id, given(reason), actor))
    case 'release':
      return registry.transaction((tx) => releaseNode(tx, id, actor))
    case 'set':
      return registry.transaction((tx) => patchNode(tx, id, set ?? {}, actor))
    case 'delete':
      return registry.transaction((tx) => deleteNode(tx, id, actor))
  }
}

function given(reason: string | undefined): string {
  if (reason === undefined) throw new ProblemError('invalid-input', 'body.reason is needed')
  return reason
}
