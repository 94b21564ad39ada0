/**
 * Text from outside as it may stand in a line of an iPXE script: a name or a reason must not become a command.
 * iPXE expands `${…}`, ends a command at the words `||`, `&&` and `;`, takes a word that begins with `#` for a comment
 * and a backslash at the end for a continued line (src/core/exec.c, src/image/script.c). At most 1024 characters come out.
 */
export function plainText(text: string): string {
  return text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replaceAll('${', '$(')
    .split(' ')
    .filter((word) => word !== '' && word !== '||' && word !== '&&' && word !== ';')
    .map((word) => word.replace(/^#+/, ''))
    .join(' ')
    .slice(0, 1024)
    .replace(/[\\ ]+$/, '')
}

/** A URL with more in its query. The values are iPXE settings and stand there as they are. */
export function withQuery(url: string, query: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${query}`
}

/** The lines of a script with its magic first line. */
export function script(...lines: string[]): string {
  return `${['#!ipxe', ...lines].join('\n')}\n`
}

/**
 * Lines that tell the server which download failed. They never fail themselves.
 * `error` must have been set to the error's number directly after the failed command, as every command that fails,
 * even a comparison, changes iPXE's errno.
 */
export function reportFailure(failedUrl: string, stage: 'script' | 'kernel' | 'initrd' | 'site' | 'boot'): string[] {
  // When the server is not reached there is no image to free, and iPXE would put that on the screen as well.
  return [`imgfetch --name failed ${withQuery(failedUrl, `stage=${stage}&errno=\${error}`)} && imgfree failed ||`]
}
