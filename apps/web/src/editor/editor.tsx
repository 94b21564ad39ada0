import { autocompletion, type CompletionSource, closeBrackets, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { bracketMatching, indentService, indentUnit } from '@codemirror/language'
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { Compartment, EditorSelection, EditorState, type Text } from '@codemirror/state'
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  MatchDecorator,
  ViewPlugin,
} from '@codemirror/view'
import type { PlacedNote } from '@eims/contracts'
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'
import { useSpoken } from '../shown/language.tsx'
import { editorWords } from '../words/editor.ts'
import { look } from './look.ts'

/** Something that was found in the text, by its place. */
export interface Found extends Pick<PlacedNote, 'line' | 'column' | 'path' | 'sentence' | 'remedy'> {
  is: 'mistake' | 'warning'
}

/** What a page can have an editor do. */
export interface EditorHandle {
  /** puts the cursor there, in sight */
  jumpTo: (line: number, column: number) => void
}

interface EditorParts {
  label: string
  value: string
  onChange?: (text: string) => void
  isReadOnly?: boolean
  found?: readonly Found[]
  complete?: CompletionSource
  /** whether what stands between {{ and }} is set apart */
  isTemplate?: boolean
  handle?: Ref<EditorHandle>
}

const changing = new Compartment()
const speaking = new Compartment()

/** What is opened by a key, or by a text block, stands further in. */
const indented = indentService.of((context, at) => {
  const { text } = context.lineAt(at, -1)
  const opens = /^(\s*(?:-\s+)*)[^\s#].*:(?:\s+[|>][-+\d]*)?\s*$/.exec(text)
  return context.simulatedBreak !== null && opens ? opens[1]!.length + context.unit : undefined
})

const action = new MatchDecorator({ regexp: /\{\{.*?\}\}/g, decoration: Decoration.mark({ class: 'cm-template' }) })
const actions = ViewPlugin.define(
  (view) => ({
    marks: action.createDeco(view),
    update(update) {
      this.marks = action.updateDeco(update, this.marks)
    },
  }),
  { decorations: ({ marks }) => marks },
)

/**
 * A text in YAML: with line numbers, search, what may stand where one writes, and marks where something is wrong. It stands
 * in a shadow root, in which CodeMirror brings its style sheet as an object: an element would be refused by our policy.
 */
export function Editor({ value, handle, ...parts }: EditorParts) {
  const spoken = useSpoken(editorWords)
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const given = useRef(parts)
  given.current = parts
  const first = useRef({ value, isTemplate: parts.isTemplate })
  const { label, isReadOnly = false, found } = parts

  useEffect(() => {
    const element = host.current
    if (!element) return
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' })
    const editor = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: first.current.value,
        extensions: [
          lineNumbers(),
          lintGutter(),
          history(),
          drawSelection(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          highlightSelectionMatches(),
          bracketMatching(),
          closeBrackets(),
          indentUnit.of('  '),
          EditorState.tabSize.of(2),
          search({ top: true }),
          yaml(),
          indented,
          first.current.isTemplate ? actions : [],
          autocompletion({
            icons: false,
            override: [(context) => given.current.complete?.(context) ?? null],
          }),
          keymap.of([
            ...completionKeymap,
            ...searchKeymap,
            ...historyKeymap,
            ...lintKeymap,
            ...defaultKeymap,
            indentWithTab,
          ]),
          EditorView.updateListener.of(({ docChanged, state }) => {
            if (docChanged) given.current.onChange?.(state.doc.toString())
          }),
          changing.of([]),
          speaking.of([]),
          look,
        ],
      }),
    })
    view.current = editor
    return () => editor.destroy()
  }, [])

  useEffect(() => {
    view.current?.dispatch({
      effects: [
        changing.reconfigure(EditorState.readOnly.of(isReadOnly)),
        speaking.reconfigure([
          EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': String(isReadOnly), tabindex: '0' }),
          EditorState.phrases.of(phrasesOf(spoken.phrases)),
        ]),
      ],
    })
  }, [isReadOnly, label, spoken])

  useEffect(() => {
    const editor = view.current
    const change = editor && difference(editor.state.doc.toString(), value)
    if (editor && change) editor.dispatch({ changes: change })
  }, [value])

  useEffect(() => {
    const editor = view.current
    if (!editor || !found) return
    editor.dispatch(setDiagnostics(editor.state, diagnosticsOf(editor.state.doc, found)))
  }, [found])

  useImperativeHandle(handle, () => ({
    jumpTo(line, column) {
      const editor = view.current
      if (!editor) return
      const at = offsetOf(editor.state.doc, line, column)
      editor.dispatch({
        selection: EditorSelection.cursor(at),
        effects: EditorView.scrollIntoView(at, { y: 'center' }),
      })
      editor.focus()
    },
  }))
  return <div ref={host} className="editor" />
}

/** Where a line and a column, counted from 1, are; what is past the end is the end. */
function offsetOf(doc: Text, line: number, column: number): number {
  const at = doc.line(Math.min(Math.max(line, 1), doc.lines))
  return Math.min(at.from + Math.max(column - 1, 0), at.to)
}

function diagnosticsOf(doc: Text, found: readonly Found[]): Diagnostic[] {
  return found.map(({ line, column, is, path, sentence, remedy }) => {
    const from = offsetOf(doc, line, column)
    const { to: end, text, from: start } = doc.lineAt(from)
    const word = /^[^\s,\]}]+/.exec(text.slice(from - start))?.[0].length ?? 0
    return {
      from: word === 0 && from === end ? Math.max(start, from - 1) : from,
      to: Math.min(end, from + Math.max(word, 1)),
      severity: is === 'mistake' ? ('error' as const) : ('warning' as const),
      message: `${path ? `${path}: ` : ''}${sentence}\n${remedy}`,
    }
  })
}

/** PURE: the one change that makes the second text of the first, so that the cursor stays where it is; null: they are equal. */
export function difference(was: string, now: string): { from: number; to: number; insert: string } | null {
  if (was === now) return null
  const most = Math.min(was.length, now.length)
  let head = 0
  while (head < most && was[head] === now[head]) head++
  let tail = 0
  while (tail < most - head && was.at(-1 - tail) === now.at(-1 - tail)) tail++
  return { from: head, to: was.length - tail, insert: now.slice(head, now.length - tail) }
}

const phrasesOf = (said: (typeof editorWords)['en']['phrases']): Record<string, string> => {
  const english = editorWords.en.phrases
  return Object.fromEntries(Object.entries(said).map(([key, text]) => [english[key as keyof typeof english], text]))
}
