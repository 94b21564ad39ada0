import { type BulkInput, type BulkReport, ProblemError, shown } from '@eims/contracts'
import {
  adoptNode,
  changeNodes,
  deleteNode,
  holdNode,
  type ManyChange,
  patchNode,
  releaseNode,
  type Selection,
} from '@eims/registry'
import { problemOf } from '../problem.ts'
import type { Engine } from './engine.ts'
import { carryOut } from './requests.ts'

/** This many at a time: more would only wait for the database and keep everybody else from it. */
const AT_ONCE = 4
/**
 * This many in one transaction: it holds them for part of a second, and an agent that asks meanwhile waits that long.
 */
const TOGETHER = 500
const TOGETHER_MS = 60_000
/** While the database does one transaction, the service puts the next one together. */
const LOTS_AT_ONCE = 2

type Chosen = Selection['nodes']
type Failed = BulkReport['failed']

const failureOf = (node: string, { code, message: detail, reason }: ProblemError): Failed[number] => ({
  node,
  code,
  detail,
  ...(reason ? { reason: shown(reason) } : {}),
})

/**
 * Does one thing to every node of a selection; what fails for one is in the report, and the others go on. What takes no
 * more than a few statements is done to many in one transaction, the rest each in its own. When the database goes away,
 * what is left fails with that.
 */
export async function bulk(engine: Engine, selection: Selection, input: BulkInput, actor: string): Promise<BulkReport> {
  const { nodes, unknown } = selection
  // At most MAX_BULK of them, so that a call has room for them as arguments.
  const failed: Failed = unknown.map(({ ref, fault }) => failureOf(ref, fault))
  const change = togetherOf(input)
  const alone: Chosen = change ? [] : [...nodes]
  if (change)
    await eachOf(lotsOf(nodes), LOTS_AT_ONCE, async (lot) => {
      const done = await together(engine, lot, change, actor)
      failed.push(...done.failed)
      alone.push(...done.alone)
    })
  failed.push(...(await oneByOne(engine, alone, input, actor)))
  return { matched: nodes.length, done: nodes.length - (failed.length - unknown.length), failed }
}

/** What can be done to many at once; null for what looks at each machine's run. */
function togetherOf({ action, reason, set, adopt }: BulkInput): ManyChange | null {
  if (action === 'hold') return { action, reason: given(reason) }
  if (action === 'release' || action === 'delete') return { action }
  if (action === 'adopt') return { action, adopt: adopt ?? {} }
  return action === 'set' ? { action, set: set ?? {} } : null
}

/** @returns what failed, and those that are to be done by themselves: they are somebody else's now, or in the way of the others */
async function together(
  { registry, log }: Engine,
  nodes: Chosen,
  change: ManyChange,
  actor: string,
): Promise<{ failed: Failed; alone: Chosen }> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  try {
    const { refused, passedOver } = await registry.transaction(
      (tx) => changeNodes(tx, [...byId.keys()], change, actor),
      {
        timeout: TOGETHER_MS,
      },
    )
    return {
      failed: refused.map(({ id, fault }) => failureOf(byId.get(id)!.name, fault)),
      alone: passedOver.map((id) => byId.get(id)!),
    }
  } catch (error) {
    const fault = problemOf(error)
    if (fault.code !== 'internal' && fault.code !== 'busy')
      return { failed: nodes.map(({ name }) => failureOf(name, fault)), alone: [] }
    log.warn({ err: error, nodes: nodes.length }, 'bulk action: one by one')
    return { failed: [], alone: nodes }
  }
}

async function oneByOne(engine: Engine, nodes: Chosen, input: BulkInput, actor: string): Promise<Failed> {
  const failed: Failed = []
  await eachOf(nodes, AT_ONCE, async ({ id, name }) => {
    try {
      await actOn(engine, id, input, actor)
    } catch (error) {
      const fault = problemOf(error)
      if (fault.code === 'internal') engine.log.error({ err: error, node: id }, 'bulk action')
      failed.push(failureOf(name, fault))
    }
  })
  return failed
}

/** Works through all of them, so many at a time. */
async function eachOf<T>(all: readonly T[], atOnce: number, work: (each: T) => Promise<void>): Promise<void> {
  const queue = all.values()
  const worker = async () => {
    for (const each of queue) await work(each)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

const lotsOf = (nodes: Chosen): Chosen[] =>
  Array.from({ length: Math.ceil(nodes.length / TOGETHER) }, (_, lot) =>
    nodes.slice(lot * TOGETHER, (lot + 1) * TOGETHER),
  )

async function actOn(engine: Engine, id: string, input: BulkInput, actor: string): Promise<unknown> {
  const { registry } = engine
  const { action, reason, set, adopt } = input
  switch (action) {
    case 'provision':
    case 'cancel':
    case 'pause':
    case 'resume':
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
    case 'adopt':
      return registry.transaction((tx) => adoptNode(tx, id, adopt ?? {}, actor))
    case 'delete':
      return registry.transaction((tx) => deleteNode(tx, id, actor))
  }
}

function given(reason: string | undefined): string {
  if (reason === undefined) throw new ProblemError('invalid-input', 'body.reason is needed')
  return reason
}
