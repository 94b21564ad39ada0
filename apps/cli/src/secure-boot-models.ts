import { SecureBoot, SecureBootModel, type Site } from '@eims/contracts'
import { Refusal } from './refusal.ts'

/**
 * PURE: `--secure-boot-model "SYS-E100*=on"` as often as it was given, put into what the site has of models: the lines that
 * a person sets go before those that were remembered. `PRODUCT=` forgets a model, one empty text all of them.
 * @throws Refusal with the text and what is wrong with it; for a model to forget that the site does not have, with those it has
 */
export function changeModels(models: Site['secureBootModels'], texts: string[]): Site['secureBootModels'] {
  if (texts.length === 1 && texts[0] === '') return []
  return texts.reduce(changeModel, models)
}

function changeModel(models: Site['secureBootModels'], text: string): Site['secureBootModels'] {
  const wrong = (why: string) => new Refusal(`--secure-boot-model "${text}": ${why}`, 2)
  const at = text.lastIndexOf('=')
  const [product, word] = [text.slice(0, at).trim(), text.slice(at + 1).trim()]
  if (at < 1 || product === '') throw wrong('write it like "SYS-E100*=on"')
  const isSame = (model: SecureBootModel) => model.product.toLowerCase() === product.toLowerCase()
  const others = models.filter((model) => !isSame(model))
  if (word === '') {
    if (others.length < models.length) return others
    const there = models.map((model) => model.product).join(', ') || 'none'
    throw wrong(`no line is about that product; there are: ${there}`)
  }
  const secureBoot = SecureBoot.safeParse(word)
  if (!secureBoot.success) throw wrong(`${word} is none of ${SecureBoot.options.join(', ')}`)
  const parsed = SecureBootModel.safeParse({ product, secureBoot: secureBoot.data })
  if (!parsed.success) throw wrong(`the product ${parsed.error.issues[0]?.message ?? 'is wrong'}`)
  const place = models.findIndex((model) => isSame(model) && model.learned === undefined)
  const firstLearned = others.findIndex((model) => model.learned !== undefined)
  return others.toSpliced(place >= 0 ? place : firstLearned >= 0 ? firstLearned : others.length, 0, parsed.data)
}

/** A model as it is typed, with its maker and by which machine it was remembered. */
export function modelText({ product, manufacturer, secureBoot, learned }: SecureBootModel): string {
  const maker = manufacturer === undefined ? '' : ` (of ${manufacturer})`
  return `${product}=${secureBoot}${maker}${learned ? `, remembered of ${learned.node} on ${learned.at.slice(0, 10)}` : ''}`
}
