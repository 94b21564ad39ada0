import type { Field } from '@eims/placed-yaml'
import { mapping } from '../shape/collections.ts'
import { number, oneOf } from '../shape/scalars.ts'
import { either, type Shape } from '../shape/shape.ts'

export interface HugePages {
  count?: number
  size?: '2M' | '1G'
}

const MOST = 1 << 20

const whole: Shape<HugePages> = mapping('Memory that is kept as huge pages, by the kernel’s command line.', {
  count: number('How many.', 1, MOST),
  size: oneOf('Of one page; left out: 2M.', ['2M', '1G']),
})

/** `12 * 1024`, as raw config-files have it: a number of pages of 2 MiB. */
export function product(text: string): number | null {
  const factors = /^\s*\d{1,7}(?:\s*\*\s*\d{1,7}){0,4}\s*$/.test(text) ? text.split('*').map(Number) : []
  const count = factors.reduce((value, factor) => value * factor, 1)
  return factors.length > 0 && count >= 1 && count <= MOST ? count : null
}

const asProduct: Shape<HugePages> = {
  read(field: Field) {
    const given = field.word()
    if (!given) return undefined
    const count = product(given)
    if (count !== null) return { count, size: '2M' }
    field.mistake(`hugePages must be a number of pages from 1 to ${MOST}, such as 12 * 1024`, 'Write count and size.')
    return undefined
  },
  schema: { description: 'A number of pages of 2 MiB, which may be a product.', type: ['string', 'integer', 'null'] },
}

export const hugePages = either((field) => field.isText, asProduct, whole)
