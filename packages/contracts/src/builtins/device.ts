/**
 * What a plan calls the chosen disk before it is known: `/dev/chosen`, its partitions `/dev/chosen1` and so on. The agent
 * puts the kernel's names into their place, in arguments and in text, once choose-disk has chosen.
 */
export const CHOSEN = '/dev/chosen'

const NAMED = /\/dev\/chosen(?:p?(\d{1,3}))?(?![\w-])/g

/**
 * PURE: a text with the chosen disk's own names.
 * @param path of the disk, as `/dev/nvme0n1`
 */
export const withDevices = (text: string, path: string): string =>
  text.replace(NAMED, (_, number: string | undefined) => (number === undefined ? path : partitionPath(path, number)))

/** The kernel's name of a partition: a `p` goes between where the disk's name ends in a digit. */
export const partitionPath = (disk: string, number: number | string): string =>
  `${disk}${/\d$/.test(disk) ? 'p' : ''}${number}`
