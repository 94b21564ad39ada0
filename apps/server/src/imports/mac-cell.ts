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
