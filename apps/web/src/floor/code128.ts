import JsBarcode from 'jsbarcode'

/** PURE: a text in Code 128: a digit for each of its narrowest bars, `1` being black. */
export function modulesOf(text: string): string {
  const drawn: { encodings?: { data: string }[] } = {}
  JsBarcode(drawn, text, { format: 'CODE128' })
  return (drawn.encodings ?? []).map(({ data }) => data).join('')
}
