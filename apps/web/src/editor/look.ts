import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

/** Nothing is drawn by pictures in the style sheet: the Content-Security-Policy allows no `data:`. */
const noPicture = { backgroundImage: 'none' }
const under = (colour: string) => ({
  ...noPicture,
  paddingBottom: '0',
  textDecoration: `underline wavy ${colour}`,
  textDecorationSkipInk: 'none',
  textUnderlineOffset: '3px',
})
const mark = (colour: string, round: string) => ({
  content: '""',
  width: '0.5rem',
  height: '0.5rem',
  margin: '0.4rem 0.15rem 0',
  borderRadius: round,
  background: colour,
})

const theme = EditorView.theme({
  '&': { height: '100%', color: 'var(--ink)', backgroundColor: 'var(--raised)', fontSize: 'var(--small)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55', overflow: 'auto' },
  '.cm-content': { padding: '0.5rem 0', caretColor: 'var(--ink)' },
  '.cm-line': { padding: '0 0.75rem 0 0.375rem' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--ink)', borderLeftWidth: '2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'var(--accent-ground)',
  },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--accent) 5%, transparent)' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--dim)', borderRight: '1px solid var(--line)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--hover)', color: 'var(--ink)' },
  '.cm-gutter-lint': { width: '0.875rem' },
  '.cm-lint-marker': { width: '0.8rem', height: '1em' },
  '.cm-lint-marker-error': mark('var(--bad)', '1px'),
  '.cm-lint-marker-warning': mark('var(--wait)', '50%'),
  '.cm-lintRange-error': under('var(--bad)'),
  '.cm-lintRange-warning': under('var(--wait)'),
  '.cm-lintRange-active': { backgroundColor: 'var(--bad-ground)' },
  '.cm-lintPoint:after': { display: 'none' },
  '.cm-diagnostic': { padding: '0.375rem 0.625rem', borderLeft: '3px solid var(--bad)', whiteSpace: 'pre-wrap' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--wait)' },
  '.cm-tooltip': {
    maxWidth: 'min(34rem, 90vw)',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--round-small)',
    backgroundColor: 'var(--raised)',
    color: 'var(--ink)',
    fontFamily: 'var(--sans)',
    fontSize: 'var(--small)',
    boxShadow: '0 0.5rem 1.75rem light-dark(rgb(20 30 25 / 14%), rgb(0 0 0 / 55%))',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { maxHeight: '16rem', fontFamily: 'var(--mono)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '0.1875rem 0.625rem', lineHeight: '1.4' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--accent)', color: 'var(--on-accent)' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
  '.cm-completionDetail': { color: 'inherit', fontStyle: 'normal', fontFamily: 'var(--sans)', opacity: '1' },
  'li:not([aria-selected]) .cm-completionDetail': { color: 'var(--dim)' },
  '.cm-completionInfo': { padding: '0.5rem 0.75rem', maxWidth: '22rem' },
  '.cm-panels': { backgroundColor: 'var(--surface)', color: 'var(--ink)', borderColor: 'var(--line)' },
  '.cm-panel.cm-search': { padding: '0.5rem', fontFamily: 'var(--sans)' },
  '.cm-panel.cm-search label': { fontSize: 'var(--small)' },
  '.cm-textfield': {
    padding: '0.25rem 0.5rem',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--round-small)',
    backgroundColor: 'var(--raised)',
    color: 'var(--ink)',
    fontSize: 'var(--small)',
  },
  '.cm-button': {
    ...noPicture,
    padding: '0.25rem 0.625rem',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--round-small)',
    backgroundColor: 'var(--raised)',
    color: 'var(--ink)',
    fontSize: 'var(--small)',
  },
  '.cm-panel.cm-search [name=close]': { color: 'var(--ink)', fontSize: '1.25rem' },
  '.cm-searchMatch': { backgroundColor: 'var(--wait-ground)', outline: '1px solid var(--wait)' },
  '.cm-searchMatch-selected': { backgroundColor: 'var(--accent-ground)', outlineColor: 'var(--accent)' },
  '.cm-selectionMatch': { backgroundColor: 'var(--hover)' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--accent-ground)' },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'var(--bad-ground)' },
  '.cm-template': { color: 'var(--held)', fontWeight: '600' },
  '.cm-template *': { color: 'inherit' },
})

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)', fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--busy)' },
  { tag: tags.comment, color: 'var(--dim)', fontStyle: 'italic' },
  { tag: [tags.meta, tags.labelName, tags.typeName], color: 'var(--strange)' },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--dim)' },
])

/** As the rest of the dashboard looks, by its tokens, light and dark. */
export const look = [theme, syntaxHighlighting(colours)]
