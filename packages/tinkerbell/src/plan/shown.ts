import type { PlannedWorkflow, WantedImage } from '@eims/contracts'
import type { Planned, Wanted } from './plan.ts'

/** PURE: a plan as people and clients are shown it. @param imageOf what is known of an image that it takes */
export const shownPlan = (
  { images, report, sources, ...plan }: Planned,
  imageOf: (wanted: Wanted) => WantedImage,
): PlannedWorkflow => ({
  ...plan,
  images: images.map(imageOf),
  report: report.is,
  reportWhy: report.why,
  sources: Object.fromEntries(Object.entries(sources).map(([path, { line, column }]) => [path, { line, column }])),
})
