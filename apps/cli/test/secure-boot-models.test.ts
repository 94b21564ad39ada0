import type { Site } from '@eims/contracts'
import t from 'tap'
import { changeModels, modelText } from '../src/secure-boot-models.ts'

// One promise: what is said of one model leaves what is known of the others.

const learned = { node: 'pos-1', at: '2026-11-20T10:00:00.000Z' }
const models: Site['secureBootModels'] = [
  { product: 'NUC*', secureBoot: 'off' },
  { product: 'SYS-E100-9S', manufacturer: 'Supermicro', secureBoot: 'on', learned },
]

await t.test('a line is changed where it stands, a new one goes before what was remembered', async (t) => {
  t.strictSame(changeModels(models, ['nuc*=on']), [{ product: 'nuc*', secureBoot: 'on' }, models[1]])
  t.strictSame(changeModels(models, ['SYS-*=off', 'R=2=auto']), [
    models[0],
    { product: 'SYS-*', secureBoot: 'off' },
    { product: 'R=2', secureBoot: 'auto' },
    models[1],
  ])
  t.strictSame(changeModels(models, ['SYS-E100-9S=off']), [models[0], { product: 'SYS-E100-9S', secureBoot: 'off' }])
})

await t.test('a model is forgotten, or all of them', async (t) => {
  t.strictSame(changeModels(models, ['sys-e100-9s=']), [models[0]])
  t.strictSame(changeModels(models, ['']), [])
})

await t.test('what is wrong is said', async (t) => {
  for (const [text, why] of [
    ['SYS-E100', /write it like "SYS-E100\*=on"/],
    ['=on', /write it like/],
    ['SYS-E100=yes', /yes is none of auto, on, off/],
    ['Other=', /no line is about that product; there are: NUC\*, SYS-E100-9S/],
    [`${'x'.repeat(257)}=on`, /the product /],
  ] as const)
    t.throws(() => changeModels(models, [text]), { message: why, exitCode: 2 }, text)
})

await t.test('as it is shown', async (t) => {
  t.strictSame(models.map(modelText), ['NUC*=off', 'SYS-E100-9S=on (of Supermicro), remembered of pos-1 on 2026-11-20'])
})
