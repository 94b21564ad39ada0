import { builtInPlan, type WorkflowLanguage } from '@eims/contracts'
import t from 'tap'
import { workflowOffers } from '../src/pages/workflow-offers.ts'
import { workflowWords } from '../src/words/workflows.ts'

// One promise: a template is offered what may stand there: keys, actions and what they take, values of the machine, functions.

const variable = { required: false, among: [], default: null, unused: null }
const language: WorkflowLanguage = {
  keys: { file: ['name', 'tasks'], task: ['name', 'worker', 'actions'], action: ['name', 'image', 'environment'] },
  actions: [
    {
      name: 'image2disk',
      builtin: 'write-image',
      environment: [
        { ...variable, name: 'IMG_URL', required: true },
        { ...variable, name: 'COMPRESSED', default: 'false' },
        { ...variable, name: 'TEXT_LOGGING', unused: 'it is always text' },
      ],
    },
    {
      name: 'archive2disk',
      builtin: null,
      environment: [{ ...variable, name: 'ARCHIVE_TYPE', among: ['tar', 'targz'] }],
    },
  ],
  functions: ['index', 'quote'],
  values: [{ path: '.node.name', value: 'unit-1' }],
}

const offered = (marked: string) => {
  const offers = workflowOffers(language, marked.replace('‸', ''), marked.indexOf('‸'))
  return offers && { typed: offers.typed, labels: offers.options.map(({ label }) => label).join(' ') }
}
const action = (image: string, rest: string) =>
  `tasks:\n  - actions:\n      - image: ${image}\n        environment:\n          ${rest}`

await t.test('keys by their place, but for those that are there', (t) => {
  t.strictSame(offered('name: x\nta‸'), { typed: 'ta', labels: 'tasks' })
  t.strictSame(offered('tasks:\n  - name: x\n    ‸'), { typed: '', labels: 'worker actions' })
  t.strictSame(offered('tasks:\n  - actions:\n      - im‸'), { typed: 'im', labels: 'name image environment' })
  t.strictSame(offered(action('quay.io/tinkerbell-actions/image2disk:v1.0.0', '‸')), {
    typed: '',
    labels: 'IMG_URL COMPRESSED',
  })
  t.equal(offered('tasks:\n  - volumes:\n      - ‸'), null)
  t.end()
})

await t.test('values that are known', (t) => {
  t.strictSame(offered('tasks:\n  - actions:\n      - image: quay.io/x/im‸'), {
    typed: 'im',
    labels: 'image2disk archive2disk',
  })
  t.strictSame(offered(action('archive2disk', 'ARCHIVE_TYPE: ‸')), { typed: '', labels: 'tar targz' })
  t.strictSame(offered(action('image2disk', 'COMPRESSED: t‸')), { typed: 't', labels: 'true false' })
  t.equal(offered(action('unknown', 'COMPRESSED: t‸')), null)
  t.end()
})

await t.test('inside of a template', (t) => {
  t.strictSame(offered('name: "{{ .no‸ }}"'), { typed: '.no', labels: '.node.name' })
  t.strictSame(offered('name: "{{ index .node.name 1 | quo‸'), { typed: 'quo', labels: '.node.name index quote' })
  t.equal(offered('name: {{ print "a ‸'), null)
  t.strictSame(offered('name: "{{ .x }}"\nta‸'), { typed: 'ta', labels: 'tasks' })
  t.end()
})

await t.test('each step of the built-in plan has its sentence', (t) => {
  for (const { planSteps } of Object.values(workflowWords)) t.equal(planSteps.length, builtInPlan.length)
  t.end()
})
