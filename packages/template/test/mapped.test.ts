import t from 'tap'
import { render, renderMapped } from '../src/index.ts'

// Of each part of what comes out it can be told where in the template it comes from.

const source = `name: {{ .name }}
{{- range .disks }}
  {{- /* one line a disk */}}
  - disk: {{ . }} # of it
{{- end }}
last: "{{ template "size" }}"
{{ define "size" }}1 GB{{ end }}`
const data = { name: 'edge\n1', disks: ['sda', 'nvme0n1'] }
const { text, placeOf } = renderMapped(source, data)

t.equal(text, render(source, data))
t.equal(text, 'name: edge\n1\n  - disk: sda # of it\n  - disk: nvme0n1 # of it\nlast: "1 GB"\n')

const of = (part: string, from = 0) => placeOf(text.indexOf(part, from))
t.strictSame(of('name'), { line: 1, column: 1 })
t.strictSame(of('edge'), { line: 1, column: 7 }, 'a value: where its action begins')
t.strictSame(of('1'), { line: 1, column: 7 }, 'also in its second line')
t.strictSame(of('- disk'), { line: 4, column: 3 })
t.strictSame(of('sda'), { line: 4, column: 11 })
t.strictSame(of('of it'), { line: 4, column: 21 })
t.strictSame(of('nvme'), { line: 4, column: 11 }, 'each pass of a range is of the same place')
t.strictSame(of('last'), { line: 6, column: 1 })
t.strictSame(of('GB'), { line: 7, column: 22 }, 'in a template that another one calls')
t.strictSame(placeOf(text.length - 1), { line: 6, column: 30 })
t.strictSame(placeOf(10 ** 6), { line: 7, column: 1 }, 'behind the end: where the last piece ends')

const trimmed = renderMapped('{{ "a" -}}  \n\n   b', {})
t.equal(trimmed.text, 'ab')
t.strictSame(trimmed.placeOf(1), { line: 3, column: 4 }, 'text begins behind what was trimmed')
t.strictSame(renderMapped('', {}).placeOf(0), { line: 1, column: 1 })
