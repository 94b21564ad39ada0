/**
 * PURE: one line of CSV (RFC 4180, but for its end, which is a line feed). A machine says of itself what it likes, and
 * `=cmd|…` in a serial would be run by the spreadsheet that opens the file: an apostrophe goes before it, as the server's
 * exports have it and imports take it away.
 */
export const csvLine = (cells: readonly string[]): string =>
  `${cells
    .map((cell) => (/^'*[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell))
    .map((cell) => (/[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',')}\n`
