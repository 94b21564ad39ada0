import { csvHeader } from '@eims/contracts'

/** A machine of the bench, as a vendor's list has it. `lot` keeps two lists apart. */
export function machine(lot: number, number: number) {
  const hex = (lot * 0x1000000 + number).toString(16).padStart(8, '0')
  const serial = `LOT${lot}-${String(number).padStart(7, '0')}X`
  return {
    serial,
    uuid: `4c4c4544-00${lot.toString(16).padStart(2, '0')}-4210-8031-c2c0${hex}`,
    mac: `52:54:${hex.match(/../g)!.join(':')}`,
    metadata: { rack: `r${number % 97}`, order: `PO-${lot}` },
  }
}

/** The same as lines of a file. */
export function* csv(lot: number, rows: number, profile: string): Generator<string> {
  yield `${csvHeader}\n`
  for (let number = 0; number < rows; number++) {
    const { serial, uuid, mac, metadata } = machine(lot, number)
    const pairs = Object.entries(metadata).map((pair) => pair.join('='))
    yield `${serial},${uuid},${profile},,false,,${pairs.join('&')},${mac},,,Dell Inc.,PowerEdge R650,,\n`
  }
}
