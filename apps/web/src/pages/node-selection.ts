import type { Node } from '@eims/contracts'
import { useSyncExternalStore } from 'react'

/** Of all that fit a filter, so many can be left out again: each is a comparison of the filter that selects. */
export const MOST_LEFT_OUT = 20

/**
 * Which nodes of the list are chosen: some of them, or all that fit its filter but a few. It is no state of the list, so
 * that a tick renders that tick and the count anew, however many rows there are.
 */
export class Selection {
  #some = new Map<string, Node>()
  /** all that fit the filter are chosen, but for those of `#some` */
  #all: { total: number } | null = null
  #anchor: string | null = null
  readonly #listeners = new Set<() => void>()

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  readonly has = (id: string): boolean => this.#some.has(id) !== (this.#all !== null)
  /** how many are chosen */
  readonly count = (): number => (this.#all ? this.#all.total - this.#some.size : this.#some.size)
  readonly isAll = (): boolean => this.#all !== null

  /** the nodes that were chosen one by one; of a selection of all, those that were left out */
  some(): readonly Node[] {
    return [...this.#some.values()]
  }

  /**
   * Chooses one, or no longer; with `range` all between it and the one before, as they stand in the list.
   * @returns false: of all that fit, no more can be left out
   */
  tick(nodes: readonly Node[], index: number, range: boolean): boolean {
    const node = nodes[index]!
    const on = !this.has(node.id)
    const from = range && this.#anchor !== null ? nodes.findIndex(({ id }) => id === this.#anchor) : -1
    const [first, last] = from < 0 ? [index, index] : [Math.min(from, index), Math.max(from, index)]
    const isIn = on !== (this.#all !== null)
    if (this.#all && isIn && this.#some.size + last - first >= MOST_LEFT_OUT) return false
    for (const each of nodes.slice(first, last + 1)) {
      if (isIn) this.#some.set(each.id, each)
      else this.#some.delete(each.id)
    }
    this.#anchor = node.id
    this.#tell()
    return true
  }

  choose(nodes: readonly Node[]): void {
    this.#some = new Map(nodes.map((node) => [node.id, node]))
    this.#all = null
    this.#tell()
  }

  chooseAll(total: number): void {
    this.#some.clear()
    this.#all = { total }
    this.#tell()
  }

  /** how many fit has changed */
  noteTotal(total: number): void {
    if (this.#all === null || this.#all.total === total) return
    this.#all = { total }
    this.#tell()
  }

  clear(): void {
    if (this.count() === 0 && !this.#all) return
    this.#some.clear()
    this.#all = null
    this.#anchor = null
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

export const useIsChosen = (selection: Selection, id: string): boolean =>
  useSyncExternalStore(selection.subscribe, () => selection.has(id))

export const useChosenCount = (selection: Selection): number =>
  useSyncExternalStore(selection.subscribe, selection.count)

export const useIsAll = (selection: Selection): boolean => useSyncExternalStore(selection.subscribe, selection.isAll)
