import { type ReactNode, useId, useMemo } from 'react'
import { PushButton } from '../shown/button.tsx'
import { Choice } from '../shown/choice.tsx'
import { Field } from '../shown/fields.tsx'
import { useSpeaking, useSpoken, useWords } from '../shown/language.tsx'
import { configWords } from '../words/config-files.ts'
import { isOf, type Schema, waysOf } from './config-offers.ts'
import { documentOf, type Path, valueAt, withValue } from './config-text.ts'

/** Sections by how often they are wanted; all others follow as the schema has them. */
const FIRST = ['users', 'sshKey', 'proxy', 'hostType', 'ntpServers', 'network', 'ssh', 'files']
const SYSTEM = ['operatingSystem'] as const

interface FormContext {
  get: (path: Path) => unknown
  set: (path: Path, value: unknown) => void
  isReadOnly: boolean
}

/** A config-file as a form, made of its schema; each change is made in the text. */
export function ConfigForm({
  schema,
  text,
  onChange,
  isReadOnly,
}: {
  schema: Schema
  text: string
  onChange: (text: string) => void
  isReadOnly: boolean
}) {
  const spoken = useSpoken(configWords)
  const document = useMemo(() => documentOf(text), [text])
  if (!document) return <p className="dim">{spoken.noForm}</p>
  const context: FormContext = {
    get: (path) => valueAt(document, path),
    set: (path, value) => onChange(withValue(text, path, value)),
    isReadOnly,
  }
  const sections = schema.properties?.operatingSystem?.properties ?? {}
  const names = [...FIRST, ...Object.keys(sections).filter((name) => !FIRST.includes(name))]
  const access = schema.properties?.kubernetes?.properties?.access
  return (
    <div className="config-form">
      {names.map((name) =>
        sections[name] ? (
          <Section key={name} name={name} schema={sections[name]} path={[...SYSTEM, name]} context={context} />
        ) : null,
      )}
      {access ? <Section name="access" schema={access} path={['kubernetes', 'access']} context={context} /> : null}
    </div>
  )
}

const sizeOf = (value: unknown): number =>
  Array.isArray(value) ? value.length : typeof value === 'object' && value !== null ? Object.keys(value).length : 1

/** PURE: a value as it is typed; nothing is empty. */
const wordOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)

interface PartProps {
  name: string
  schema: Schema
  path: Path
  context: FormContext
}

/** One key with all that is below it, folded away unless something is said there. */
function Section(part: PartProps) {
  const spoken = useSpoken(configWords)
  const { name, schema, path, context } = part
  const value = context.get(path)
  return (
    <details className="section" open={value !== undefined || undefined}>
      <summary>
        <b>{spoken.fields[name] ?? name}</b>
        <span className="mono dim small">{name}</span>
        {value === undefined ? null : <span className="count small">{spoken.set(sizeOf(value))}</span>}
      </summary>
      <Says schema={schema} />
      <Part {...part} isLabelled={false} />
    </details>
  )
}

/** What the schema says of something; it speaks English. */
function Says({ schema }: { schema: Schema }) {
  const { language } = useSpeaking()
  const text = schema.description ?? waysOf(schema)[0]?.description
  return text ? (
    <p className="dim small" {...(language === 'en' ? {} : { lang: 'en' })}>
      {text}
    </p>
  ) : null
}

/** PURE: what a schema is filled in by; null: only in the text. */
function kindOf(schema: Schema): { is: 'map' | 'items' | 'lines' | 'words' | 'switch' | 'line'; of: Schema } | null {
  const ways = waysOf(schema)
  const way = (fits: (each: Schema) => boolean) => ways.find(fits)
  const map = way(({ properties }) => properties !== undefined)
  const list = way(({ items }) => items !== undefined)
  const words = way((each) => each.enum !== undefined)
  if (list?.items) {
    const inner = waysOf(list.items)
    if (inner.some(({ properties }) => properties !== undefined)) return { is: 'items', of: list.items }
    return inner.some((each) => isOf(each, 'string') || each.enum) ? { is: 'lines', of: list.items } : null
  }
  if (map) return { is: 'map', of: map }
  if (words) return { is: 'words', of: words }
  const line = way((each) => isOf(each, 'string') || isOf(each, 'integer'))
  if (line) return { is: 'line', of: line }
  const truth = way((each) => isOf(each, 'boolean'))
  return truth ? { is: 'switch', of: truth } : null
}

/** PURE: whether a value that stands in the text is one that the form has. */
function fits(is: NonNullable<ReturnType<typeof kindOf>>['is'], value: unknown): boolean {
  if (value === undefined) return true
  const isScalar = (each: unknown) => typeof each !== 'object' || each === null
  if (is === 'map') return typeof value === 'object' && !Array.isArray(value)
  if (is === 'items') return Array.isArray(value) && !value.some((each) => isScalar(each) || Array.isArray(each))
  if (is === 'lines')
    return Array.isArray(value) && value.every(isScalar) && !value.some((each) => `${each}`.includes('\n'))
  return isScalar(value)
}

function Part({ name, schema, path, context, isLabelled = true }: PartProps & { isLabelled?: boolean }) {
  const spoken = useSpoken(configWords)
  const words = useWords()
  const kind = kindOf(schema)
  const value = context.get(path)
  const label = spoken.fields[name] ?? name
  const { set, isReadOnly } = context
  if (!kind || !fits(kind.is, value))
    return (
      <p className="dim small">
        <span className="mono">{name}</span> {spoken.inText}
      </p>
    )
  if (kind.is === 'map')
    return <Mapping label={label} isLabelled={isLabelled} schema={kind.of} path={path} context={context} />
  if (kind.is === 'items') return <Items label={label} schema={kind.of} path={path} context={context} />
  if (kind.is === 'words' || kind.is === 'switch') {
    const known =
      kind.is === 'switch' ? ['true', 'false'] : (kind.of.enum ?? []).filter((each) => each !== null).map(String)
    const shown = (each: string) => (kind.is === 'switch' ? (each === 'true' ? words.yes : words.no) : each)
    return (
      <Choice
        label={label}
        isDisabled={isReadOnly}
        value={wordOf(value)}
        options={[['', spoken.unset] as const, ...known.map((each) => [each, shown(each)] as const)]}
        onChange={(next) => set(path, next === '' ? undefined : kind.is === 'switch' ? next === 'true' : next)}
      />
    )
  }
  const help = isLabelled ? (schema.description ?? kind.of.description) : undefined
  const common = { label, isDisabled: isReadOnly, isCode: true, ...(help ? { help } : {}) }
  if (kind.is === 'lines') {
    const lines = (value as unknown[] | undefined)?.map(String) ?? []
    return (
      <Field
        {...common}
        help={spoken.lines}
        lines={Math.min(Math.max(lines.length + 1, 2), 8)}
        value={lines.join('\n')}
        onChange={(next) => set(path, next === '' ? undefined : next.split('\n'))}
      />
    )
  }
  const isLong = /content|script|certificate/i.test(name)
  return (
    <Field
      {...common}
      lines={isLong ? 5 : 1}
      type={name === 'plainPassword' ? 'password' : 'text'}
      value={wordOf(value)}
      placeholder={String(kind.of.examples?.[0] ?? '').split('\n')[0] ?? ''}
      onChange={(next) =>
        set(
          path,
          next === '' ? undefined : /^(?:0|[1-9]\d*)$/.test(next) && isOf(kind.of, 'integer') ? Number(next) : next,
        )
      }
    />
  )
}

function Mapping({
  label,
  isLabelled,
  schema,
  path,
  context,
}: {
  label: string
  isLabelled: boolean
  schema: Schema
  path: Path
  context: FormContext
}) {
  const parts = Object.entries(schema.properties ?? {}).map(([name, inner]) => (
    <Part key={name} name={name} schema={inner} path={[...path, name]} context={context} />
  ))
  return isLabelled ? (
    <fieldset className="group-of">
      <legend>{label}</legend>
      <div className="form pairs">{parts}</div>
    </fieldset>
  ) : (
    <div className="form pairs">{parts}</div>
  )
}

function Items({ label, schema, path, context }: Omit<PartProps, 'name'> & { label: string }) {
  const spoken = useSpoken(configWords)
  const id = useId()
  const { get, set, isReadOnly } = context
  const items = (get(path) as Record<string, unknown>[] | undefined) ?? []
  const map = waysOf(schema).find(({ properties }) => properties !== undefined)
  const named = (item: Record<string, unknown>, index: number) =>
    wordOf(item.username || item.path || item.name || item.group) || spoken.item(index + 1)
  const required = map?.required?.[0] ?? Object.keys(map?.properties ?? {})[0] ?? 'name'
  const shown: ReactNode[] = items.map((item, index) => (
    <fieldset key={`${id}${path.join('.')}${index}`} className="group-of item">
      <legend>{named(item, index)}</legend>
      {map ? <Mapping label="" isLabelled={false} schema={map} path={[...path, index]} context={context} /> : null}
      {isReadOnly ? null : (
        <PushButton
          tone="quiet"
          onPress={() => set(path, items.length === 1 ? undefined : items.filter((_, each) => each !== index))}
        >
          {spoken.removeItem(named(item, index))}
        </PushButton>
      )}
    </fieldset>
  ))
  return (
    // biome-ignore lint/a11y/useSemanticElements: each of them is a fieldset
    <div className="form" role="group" aria-label={label}>
      {shown}
      {isReadOnly ? null : (
        <PushButton onPress={() => set([...path, items.length], { [required]: '' })}>
          {spoken.add}: {label}
        </PushButton>
      )}
    </div>
  )
}
