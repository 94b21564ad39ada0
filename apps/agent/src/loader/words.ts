/** What a kernel command line is to have, and what not. Both are words of it, without the quotes of a file. */
export interface Edit {
  add: readonly string[]
  /** a whole word; `name` also means `name=…`, and so does `name=` */
  remove: readonly string[]
}

/** How words stand in a file. */
export interface Form {
  /** the words of a line as they are written there */
  split: (line: string) => string[]
  /** what a written word is to the kernel */
  plain: (written: string) => string
  write: (word: string) => string
}

/** As the kernel reads it (lib/cmdline.c): words end at spaces outside of double quotes, which stay in them. */
export const kernelForm: Form = {
  split: (line) => line.match(/(?:"[^"]*"?|[^\s"])+/g) ?? [],
  plain: (written) => written,
  write: (word) => word,
}

const VARIABLE = /^\$(?:\w+|\{\w+\})$/

/**
 * PURE: the files that the words of initrd lines name: GRUB loads all of them, one behind the other. What is nothing but a
 * variable beside others (Fedora's $tuned_initrd) is left out.
 */
export function initrdsIn(words: readonly string[]): string[] {
  const files = words.filter((word) => !VARIABLE.test(word))
  return files.length > 0 ? files : [...words]
}

/** PURE: a command line after an edit; as it was, to the letter, when nothing of it changes. */
export function edited(line: string, { add, remove }: Edit, form: Form = kernelForm): string {
  const words = form.split(line)
  const kept = words.filter((written) => !remove.some((pattern) => isMeant(form.plain(written), pattern)))
  const has = new Set(kept.map(form.plain))
  const result = [...kept, ...add.filter((word) => !has.has(word)).map(form.write)]
  return result.length === words.length && result.every((word, at) => word === words[at]) ? line : result.join(' ')
}

function isMeant(word: string, pattern: string): boolean {
  if (pattern.endsWith('=')) return word.startsWith(pattern)
  return word === pattern || (!pattern.includes('=') && word.startsWith(`${pattern}=`))
}
