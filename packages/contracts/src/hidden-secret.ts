/** What stands for a password or its hash that a reply does not show. */
export const HIDDEN_SECRET = '***'

/** As the URL standard's parser has it: what stands between the first colon and the last @ of the authority. */
const PASSWORD = /^([a-z][a-z0-9+.-]*:[\\/]*[^\\/?#:]*):[^\\/?#]+(?=@)/i

/** PURE: the URL with its password hidden, `http://user:***@proxy:3128`; all else of it stays as it is written. */
export const withHiddenPassword = (text: string): string => text.replace(PASSWORD, `$1:${HIDDEN_SECRET}`)

/** PURE: the URL without user and password, `http://proxy:3128`, for whoever is not known yet; one without stays as it is. */
export function withoutUserinfo(text: string): string {
  const url = URL.parse(text)
  if (!url || url.username + url.password === '') return text
  url.username = ''
  url.password = ''
  return text.endsWith('/') ? url.href : url.href.replace(/\/$/, '')
}
