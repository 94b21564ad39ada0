const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB']

/** PURE: a size for people, in the decimal units that stand on a disk's label: `512 GB`, `1.9 GB`; null stays null. */
export function bytes(count: number): string
export function bytes(count: number | null): string | null
export function bytes(count: number | null): string | null {
  if (count === null) return null
  const figure = (power: number) => {
    const value = count / 1000 ** power
    return power === 0 || value >= 99.95 ? Math.round(value) : Math.round(value * 10) / 10
  }
  let power = 0
  while (power < units.length - 1 && figure(power) >= 1000) power += 1
  return `${figure(power)} ${units[power]}`
}

/** PURE: as it begins a sentence. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** PURE: `1 machine`, `2 machines`, `3 batches`. */
export const counted = (number: number, what: string): string =>
  `${number} ${number === 1 ? what : /(s|x|ch|sh)$/.test(what) ? `${what}es` : `${what}s`}`
