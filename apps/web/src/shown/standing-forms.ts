import type { Standing } from '@eims/contracts'

/** Each standing has a form besides its colour, in 16 by 16: whoever sees no colours, or one lamp of them, tells them apart. */
export const standingForms: Record<Standing, string> = {
  running: 'M3 8.5 6.5 12 13 4.5',
  written: 'M3 8h10M9 4l4 4-4 4',
  working: 'M8 2a6 6 0 1 1-6 6',
  failed: 'M4 4l8 8M12 4l-8 8',
  waiting: 'M8 3.5V8l3 2M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2',
  held: 'M6 3v10M10 3v10',
  unknown: 'M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.300 8.700 8 9 8 10M8 13v.01',
}
