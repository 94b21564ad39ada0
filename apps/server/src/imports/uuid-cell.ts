/** PURE: a UUID as Uuid takes it: without the braces of Windows, `urn:uuid:` (RFC 9562) or the `0x` of a hex dump. */
export const uuidText = (text: string): string =>
  text.replace(/^\{(.*)\}$/, '$1').replace(/^(?:urn:uuid:|0x(?=[0-9a-f]{32}$))/i, '')
