import t from 'tap'
import { placeIn } from '../src/editor/place.ts'

// One promise: where a cursor is in YAML is known by its lines, also while the text is no YAML yet.

/** Where the | of a text is; keys beside it. */
const at = (marked: string, up = 0) => {
  const offset = marked.indexOf('‸')
  const place = placeIn(marked.replace('‸', ''), offset)
  return (
    place && { path: place.path.join(' '), key: place.key, typed: place.typed, beside: [...place.beside(up).keys()] }
  )
}

await t.test('keys, values, and lists at either depth', (t) => {
  t.match(at('na‸'), { path: '', key: null, typed: 'na' })
  t.match(at('name: x\n‸\ntasks:\n  - name: a\n'), { path: '', typed: '', beside: ['name', 'tasks'] })
  t.match(at('tasks:\n  - name: a\n    wor‸'), { path: 'tasks -', typed: 'wor', beside: ['name'] })
  t.match(at('tasks:\n- name: a\n- na‸\n  worker: x\n'), { path: 'tasks -', typed: 'na', beside: ['worker'] })
  t.match(at('a:\n  b:\n    c: va‸'), { path: 'a b', key: 'c', typed: 'va' })
  t.match(at('a:\n  - b: va‸'), { path: 'a -', key: 'b', typed: 'va' })
  t.match(at('a:\n  - ‸'), { path: 'a -', key: null, typed: '' })
  t.match(at('a:\n  b: 1\n\n  # note\n  ‸'), { path: 'a', beside: ['b'] })
  t.match(at('a: 1\n---\nb: 2\n‸'), { path: '', beside: ['b'] })
  t.end()
})

await t.test('what is beside a key further up', (t) => {
  const text = `tasks:
  - actions:
      - name: one
        image: image2disk
        environment:
          IMG_URL: x
          ‸
      - name: two
        image: writefile
`
  t.match(at(text), { path: 'tasks - actions - environment', beside: ['IMG_URL'] })
  t.strictSame(at(text, 1)?.beside.sort(), ['environment', 'image', 'name'])
  t.equal(placeIn(text.replace('‸', ''), text.indexOf('‸'))?.beside(1).get('image'), 'image2disk')
  t.end()
})

await t.test('no place in text, comments and brackets', (t) => {
  t.equal(at('a: |\n  b: ‸'), null)
  t.equal(at('a:\n  - script: >-\n      x‸'), null)
  t.equal(at('a: # b‸')?.typed, '# b')
  t.equal(at('# b‸'), null)
  t.equal(at('a: {b‸'), null)
  t.end()
})
