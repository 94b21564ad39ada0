import { join } from 'node:path'

interface Here {
  /** the checkout, with its launcher */
  root: string
  /** disk image of the demo OS */
  image: string
  /** the interface to serve; null: there is but one, or none that could be named */
  interfaceName: string | null
  /** whether the demo was called through sudo */
  sudo: boolean
}

/**
 * PURE: the three commands that bring a first machine of one's own to an OS, as a shell takes them: the service, an image,
 * and a profile for every machine that has none of its own.
 */
export function firstCommands({
  root,
  image,
  interfaceName,
  sudo,
}: Here): [up: string, image: string, profile: string] {
  const eims = `${sudo ? 'sudo ' : ''}${quoted(join(root, 'eims'))}`
  return [
    `${eims} up${interfaceName === null ? '' : ` --interface ${quoted(interfaceName)}`}`,
    `${eims} images add --name first-os ${quoted(image)}`,
    `${eims} profiles add first --image first-os --default`,
  ]
}

/** PURE: the same with what a person has to know of them. */
export function firstMachineText(here: Here): string {
  const [up, image, profile] = firstCommands(here)
  return `Your own first machine, its disk blank, on a LAN that has a DHCP server:

  ${up}

and in another terminal, with the demo's small OS or a cloud image of yours:

  ${image}
  ${profile}

Then switch it on and let it boot from the network.
`
}

const quoted = (word: string) => (/^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
