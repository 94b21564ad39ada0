import { Fault } from './source.ts'
import { isDict, MOST_DEEP, type Value } from './value.ts'

/** The most that a text holds, in UTF-16 units, and the most that a function goes through when it goes through all of a value. */
export const MOST_TEXT = 256 * 1024
/** Of a list or map. */
export const MOST_ITEMS = 10_000

const STEPS_AN_ITEM = { over: 1 / 64, through: 1 / 16 }
const TEXT_A_STEP = 128

/** Steps that it takes to go over values: the items of lists, the keys of maps and the text, and nothing that lies deeper. */
export function stepsOver(values: Value[]): number {
  let [items, text] = [values.length, 0]
  for (const value of values)
    if (typeof value === 'string') text += value.length
    else if (Array.isArray(value)) items += value.length
    else if (isDict(value))
      for (const key of Object.keys(value)) {
        items += 1
        text += key.length
      }
  return items * STEPS_AN_ITEM.over + text / TEXT_A_STEP
}

/**
 * Steps that it takes to go through all that lies in values. What lies in several places is gone through in each, so that
 * little may be endless: no further than to the bound is looked.
 * Throws Fault for more than MOST_TEXT of values and characters together, which is the least that they are when they are
 * written, and for lists and maps that lie in each other more than MOST_DEEP.
 */
export function stepsThrough(values: Value[], stepsAnItem = STEPS_AN_ITEM.through): number {
  let [items, text] = [0, 0]
  const count = (characters: number) => {
    items += 1
    text += characters
    if (items + text > MOST_TEXT) throw new Fault(`that is more than ${MOST_TEXT} characters and items`)
  }
  const go = (value: Value, depth: number): void => {
    if (depth > MOST_DEEP) throw new Fault(`lists and maps lie in each other more than ${MOST_DEEP} deep`)
    count(typeof value === 'string' ? value.length : 0)
    if (Array.isArray(value)) for (const item of value) go(item, depth + 1)
    else if (isDict(value))
      for (const [key, item] of Object.entries(value)) {
        count(key.length)
        go(item, depth + 1)
      }
  }
  for (const value of values) go(value, 0)
  return items * stepsAnItem + text / TEXT_A_STEP
}

/** Throws Fault for more text than a function may make. @param length that it may have at most */
export function room(length: number): void {
  if (length > MOST_TEXT) throw new Fault(`that may be more than ${MOST_TEXT} characters`)
}

/** The value. Throws Fault for a text, list or map that is larger than one may be. */
export function bounded<T extends Value>(value: T): T {
  if (typeof value === 'string') room(value.length)
  const items = Array.isArray(value) ? value.length : isDict(value) ? Object.keys(value).length : 0
  if (items > MOST_ITEMS) throw new Fault(`that would be more than ${MOST_ITEMS} items`)
  return value
}
