/** A machine has no more (MachineIdentity). */
export const MOST_MACS = 64

/**
 * PURE: the MACs of one cell, separated by semicolons, commas, slashes, bars, spaces or line breaks; of more than
 * MOST_MACS one more than that.
 */
export const readMacs = (text: string): string[] =>
  text
    .split(/[;,|/\s]+/, MOST_MACS + 3)
    .filter((part) => part !== '')
    .slice(0, MOST_MACS + 1)

/** PURE: a MAC as Mac takes it. Solaris and BSD leave zeros out: `0:1b:21:3:a:ff`. */
export const macText = (text: string): string =>
  /^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i.test(text) ? text.replace(/(?<![0-9a-f])(?=[0-9a-f](:|$))/gi, '0') : text
