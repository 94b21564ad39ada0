import { say } from '@eims/contracts'
import t from 'tap'
import { faultOf } from '../src/engine/phone-home.ts'

const report = (status: string, errors: string[] = []) => faultOf({ cloudInit: { status, errors } })
const sentence = (...said: Parameters<typeof report>) => {
  const fault = report(...said)
  return fault && say(fault)
}

await t.test('only a good report is good', async (t) => {
  t.equal(report('done'), null)
  t.strictSame(report('error', ['no such user']), {
    code: 'cloud-init-failed',
    slots: { status: 'error', errors: ['no such user'] },
  })
  t.equal(sentence('error', ['no such user']), 'cloud-init ended as error: no such user')
  t.equal(sentence('done', ['write_files failed']), 'cloud-init ended as done: write_files failed')
  t.equal(sentence('disabled'), 'cloud-init ended as disabled')
  t.equal((sentence('error', Array(64).fill('x'.repeat(2000))) ?? '').length, 1000)
})
