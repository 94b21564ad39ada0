import t from 'tap'
import { functionNames, render } from '../src/index.ts'

// What is wrong is told by line and column, in a sentence; nothing takes long or makes much.

const data = { name: 'edge-1', map: { a: 1 }, list: [1, 2] }
const says = (source: string, message: string, limits = {}) =>
  t.throws(() => render(source, data, limits), { name: 'TemplateError', message }, message)

says('a\nb {{ .nam }}', 'line 2, column 6: there is no nam among name, map, list')
says('{{ .map.b }}', 'line 1, column 4: there is no b among a')
says('{{ .name.x }}', 'line 1, column 4: string has no field x')
says('x\n  {{ if .name }}', 'line 2, column 3: if is not closed: {{end}} is missing')
says('{{ .name', 'line 1, column 1: the action is not closed: }} is missing')
says('{{ end }}', 'line 1, column 1: end without what it ends')
says('{{ uper .name }}', 'line 1, column 4: there is no function uper')
says('{{ Upper .name }}', 'line 1, column 4: there is no function Upper: did you mean upper?')
says('{{ env "HOME" }}', 'line 1, column 4: env is not supported: it reads the server’s environment')
says(
  '{{ now }}',
  'line 1, column 4: now is not supported: it gives another value each time, and a plan is made once and for good',
)
says(
  '{{ genCA "a" 1 }}',
  'line 1, column 4: genCA is not supported: it makes keys, certificates or password hashes, which belong into a profile and not into a plan',
)
says('{{ upper 1 }}', 'line 1, column 4: upper: argument 1 must be a string, and is int')
says('{{ upper }}', 'line 1, column 4: upper takes 1 argument, not 0')
says('{{ index .list 5 }}', 'line 1, column 4: index: there is no place 5 among 2')
says('{{ fail "no disk" }}', 'line 1, column 4: fail: no disk')
says('{{ template "x" }}', 'line 1, column 1: there is no template "x"')
says('{{ $x }}', 'line 1, column 4: there is no variable $x here')
says('{{ "a }}', 'line 1, column 1: a quoted string is not closed')
says('{{ first (list) }}', 'line 1, column 4: there is no value to print')

const many = '{{ range 1000000 }}x{{ end }}'
says(many, 'line 1, column 1: the template takes more than 100000 steps')
says('{{ range 5000 }}{{ repeat 100 "x" }}{{ end }}', 'line 1, column 17: more than 262144 characters would come out')
says('{{ repeat 100000000 "x" }}', 'line 1, column 4: repeat: that would be more than 262144 characters')
says('{{ printf "%0900000000d" 1 }}', 'line 1, column 4: printf: a width or precision is too large')
says('{{ until 100000000 }}', 'line 1, column 4: until: that would be more than 10000 numbers')
says(
  '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}',
  'line 1, column 17: more than 50 templates call each other',
)
says(
  `${'{{ if true }}'.repeat(200)}x${'{{ end }}'.repeat(200)}`,
  'line 1, column 1299: more than 100 actions lie in each other',
)
says(`{{ ${'('.repeat(200)}1${')'.repeat(200)} }}`, 'line 1, column 103: more than 100 parentheses lie in each other')
t.throws(() => render('{{ . }}', () => 1), { message: 'line 1, column 1: the data holds a function' })
t.equal(render('{{ regexMatch "(a+)+$" .s }}', { s: `${'a'.repeat(30_000)}b` }), 'false', 'in linear time')
t.equal(render('{{ .__proto__ }}{{ .constructor }}', JSON.parse('{"__proto__": "p", "constructor": "c"}')), 'pc')
t.throws(() => render('{{ .constructor }}', {}), { message: /there is no constructor/ })
t.notOk(functionNames.some((name) => /^(env|expandenv|getHostByName|now|rand.*|gen.*)$/.test(name)))

t.equal(
  render('{{ formatPartition "/dev/sda" 1 }} {{ formatPartition "/dev/nvme0n1" 12 }}', {}),
  '/dev/sda1 /dev/nvme0n1p12',
)
t.equal(render('{{ formatPartition "/dev/disk/by-id/ata-X1" 3 }}', {}), '/dev/disk/by-id/ata-X1-part3')
t.equal(render('{{ netmaskToPrefixLength "255.255.240.0" }}', {}), '20')
for (const mask of ['255.0.255.0', '24', ''])
  t.throws(() => render(`{{ netmaskToPrefixLength "${mask}" }}`, {}), /is no netmask/)
