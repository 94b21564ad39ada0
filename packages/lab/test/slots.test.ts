import t from 'tap'
import { Slots } from '../src/qemu/slots.ts'

await t.test('no more than the places are taken at once, and they go round in order', async (t) => {
  const slots = new Slots(2)
  const order: string[] = []
  const first = await slots.take()
  const second = await slots.take()
  const take = async (name: string) => {
    const release = await slots.take()
    order.push(name)
    return release
  }
  const third = take('third')
  const fourth = take('fourth')
  await new Promise((resolve) => setImmediate(resolve))
  t.same(order, [], 'both wait')
  second()
  second()
  const releaseThird = await third
  await new Promise((resolve) => setImmediate(resolve))
  t.same(order, ['third'], 'giving a place back twice frees it once')
  first()
  releaseThird()
  ;(await fourth)()
  t.same(order, ['third', 'fourth'])
})
