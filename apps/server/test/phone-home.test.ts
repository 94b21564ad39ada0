import t from 'tap'
import { faultOf } from '../src/engine/phone-home.ts'

const report = (status: string, errors: string[] = []) => faultOf({ cloudInit: { status, errors } })

await t.test('only a good report is good', async (t) => {
  t.equal(report('done'), null)
  t.equal(report('error', ['no such user']), 'cloud-init ended as error: no such user')
  t.equal(report('done', ['write_files failed']), 'cloud-init ended as done: write_files failed')
  t.equal(report('disabled'), 'cloud-init ended as disabled')
  t.ok((report('error', Array(64).fill('x'.repeat(2000))) ?? '').length <= 1000)
})
