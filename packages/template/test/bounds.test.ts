import t from 'tap'
import { render } from '../src/index.ts'

// A template that takes exponential or quadratic time ends with an error instead, at once: without its bound each of these
// would take minutes, all memory or all of the stack.

const data = { text: 'x', list: [1, 2] }
const refused = (source: string, says: RegExp) =>
  t.throws(() => render(source, data), { name: 'TemplateError', message: says }, source.slice(0, 100))

const tooLarge = /that is more than 262144 characters and items/
const tooLong = /more than 10000 items/
const tooMany = /takes more than 100000 steps/

// what doubles
const doubled = '{{ $x := list "a" }}{{ range until 60 }}{{ $x = list $x $x }}{{ end }}'
refused('{{ $l := until 10000 }}{{ range until 20 }}{{ $l = concat $l $l }}{{ end }}', tooLong)
refused('{{ $s := "abcdefgh" }}{{ range until 60 }}{{ $s = print $s $s }}{{ end }}', tooLarge)
refused(`${doubled}{{ $x }}`, tooLarge)
for (const call of [
  'print $x',
  'println $x',
  'printf "%v" $x',
  'html $x',
  'js $x',
  'urlquery $x',
  'quote $x',
  'squote $x',
  'cat $x',
  'toString $x',
  'toStrings $x',
  'join "" $x',
  'sortAlpha $x',
  'toJson $x',
  'toRawJson $x',
  'toPrettyJson $x',
  'toYaml $x',
  'deepCopy $x',
  'deepEqual $x $x',
  'uniq $x',
  'has "a" $x',
  'without $x "a"',
  'dict $x "a"',
  'set (dict) "a" $x',
  'merge (dict) (dict "a" $x)',
  'mergeOverwrite (dict) (dict "a" $x)',
])
  refused(`${doubled}{{ $y := ${call} }}`, tooLarge)
const fromTheTop = '{{ $t := dict }}{{ $p := $t }}{{ range 80 }}{{ $c := dict }}'
refused(`${fromTheTop}{{ $_ := set $p "x" $c }}{{ $_ = set $p "y" $c }}{{ $p = $c }}{{ end }}{{ toJson $t }}`, tooLarge)
const chains = (one: string) => `{{ $p := dict }}{{ range untilStep 10 70 1 }}{{ $k := print "k" . }}${one}{{ end }}`
t.equal(
  render(
    `{{ $i := dict }}{{ $o := dict }}${chains('{{ $b := dict }}{{ $_ := set $i $k $b }}{{ $_ = set $o $k (dict "x" $p "y" $p) }}{{ $p = $b }}')}{{ len (merge $i $o) }}`,
    data,
  ),
  '60',
  'what grows while it is merged is looked through once',
)

// much in one call
refused('{{ join (repeat 200000 "a") (until 10000) }}', /may be more than 262144 characters/)
refused('{{ printf "%200000d" (until 10000) }}', /may be more than 262144 characters/)
refused(
  '{{ regexReplaceAll "a+" (repeat 200000 "a") (repeat 100000 "$0") }}',
  /regexReplaceAll: that may be more than 262144 characters/,
)
refused('{{ split "" (repeat 20000 "a") }}', tooLong)
refused(`{{ regexMatch (repeat 1001 "a") "a" }}`, /a regular expression has at most 1000 characters/)

// what is little in one call, and much in many
const often = (first: string, call: string) => refused(`${first}{{ range 15000 }}{{ $y := ${call} }}{{ end }}`, tooMany)
often('{{ $l := until 10000 }}', 'reverse $l')
often('{{ $l := until 10000 }}', 'uniq $l')
often('{{ $l := until 10000 }}', 'without $l $l')
often('{{ $s := repeat 200000 "a" }}', 'upper $s')
often('{{ $s := repeat 100000 "ab" }}', 'regexMatch "(a|b){1,300}c" $s')
often('{{ $s := repeat 262144 "a" }}{{ $n := print (repeat 65000 "a") "b" (repeat 65000 "a") }}', 'replace $n "" $s')
often('{{ $n := print (repeat 65000 "a") "b" (repeat 65000 "a") }}{{ $s := repeat 262144 "a" }}', 'contains $n $s')
refused('{{ $d := dict }}{{ range 15000 }}{{ $_ := set $d (print .) . }}{{ end }}', tooMany)
refused(`{{ $l := until 10000 }}{{ range 15000 }}{{ range $l }}{{ break }}{{ end }}{{ end }}`, tooMany)

// what scans the same again and again
t.equal(render('{{ trimAll "a" (repeat 262144 "a") }}', {}), '')
t.equal(render('{{ trimAll (print (repeat 200000 "b") "a") (repeat 200000 "a") }}', {}), '')
t.equal(render('{{ trim (print "x" (repeat 200000 " ") "x") | len }}', {}), '200002')
t.equal(render('{{ float64 (print (repeat 200000 "1") "x") }}', {}), '0')
t.equal(render(`x${' '.repeat(200_000)}x{{- 1 }}`, {}).length, 200_003)
t.equal(render('{{ len (uniq (until 10000)) }}', {}), '10000')

// what lies in itself, or too deep
refused(`{{ if false }}${'{{ else if false }}'.repeat(14_000)}{{ end }}`, /more than 100 actions lie in each other/)
t.equal(render(`{{ if false }}${'{{ else if false }}'.repeat(90)}{{ else }}x{{ end }}`, {}), 'x')
refused(
  `{{ define "a" }}${'{{ if true }}'.repeat(90)}{{ template "a" . }}${'{{ end }}'.repeat(90)}{{ end }}{{ template "a" . }}`,
  /more than 500 actions lie in each other/,
)
refused('{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ $d }}', /set: a would hold the map that it lies in/)
refused('{{ $d := dict }}{{ $_ := set $d "a" (list 1 (dict "b" $d)) }}', /set: a would hold the map that it lies in/)
for (const merge of ['merge', 'mergeOverwrite'])
  refused(
    `{{ $b := dict }}{{ $d := dict "b" $b }}{{ $_ := ${merge} $d (dict "b" (dict "c" (list $d))) }}`,
    new RegExp(`${merge}: c would hold the map that it lies in`),
  )
refused(
  '{{ $x := list "a" }}{{ range 10000 }}{{ $x = list $x }}{{ end }}{{ toJson $x }}',
  /lists and maps lie in each other more than 100 deep/,
)
refused('{{ $a := 1 }}'.repeat(2000), /more than 200 variables are seen here/)

/** Renders where there is hardly any stack left, and then with a little more, until something else happens. */
function renderAtTheEndOfTheStack(): unknown {
  try {
    return renderAtTheEndOfTheStack()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return render(`${'{{ if true }}'.repeat(90)}x${'{{ end }}'.repeat(90)}`, {})
  }
}
t.throws(renderAtTheEndOfTheStack, {
  name: 'TemplateError',
  message: 'line 1, column 1: it needs more room than there is',
})
