import type { Completion, CompletionSource } from '@codemirror/autocomplete'

/** What may stand where a cursor is, in the place of what was begun there. */
export interface Offers {
  typed: string
  options: readonly Completion[]
  /** shown before anything is typed */
  isEager?: boolean
}

/** What CodeMirror asks for, of a function that knows what may stand at an offset of a text. */
export const sourceOf =
  (offersAt: (text: string, offset: number) => Offers | null): CompletionSource =>
  ({ state, pos, explicit }) => {
    const offers = offersAt(state.doc.toString(), pos)
    if (!offers || offers.options.length === 0) return null
    if (!explicit && offers.typed === '' && !offers.isEager) return null
    return { from: pos - offers.typed.length, options: [...offers.options], validFor: /^[\w.$/-]*$/ }
  }
