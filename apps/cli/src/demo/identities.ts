/** Who the demo's machine is, by its number from 1 on. Its MAC is of QEMU's range. Pure. */
export function identityOf(number: number): { serial: string; uuid: string; mac: string } {
  const hex = number.toString(16).padStart(2, '0')
  return {
    serial: `DEMO-${String(number).padStart(4, '0')}`,
    uuid: `d3a05000-0000-4000-8000-0000000000${hex}`,
    mac: `52:54:00:de:30:${hex}`,
  }
}
