/** PURE: `1 machine`, `2 machines`, `3 batches`. */
export const counted = (number: number, what: string): string =>
  `${number} ${number === 1 ? what : /(s|x|ch|sh)$/.test(what) ? `${what}es` : `${what}s`}`
