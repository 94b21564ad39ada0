import { type ActionName, catalogue } from './actions/catalogue.ts'
import { imageName } from './image-name.ts'

const byImage = new Map<string, ActionName>(
  Object.entries(catalogue).flatMap(([name, { images = [] }]) =>
    [name, ...images].map((image): [string, ActionName] => [plain(image), name as ActionName]),
  ),
)

/** Intel's repositories write `_` where its templates write `-`. */
function plain(name: string): string {
  return name.replaceAll('_', '-')
}

/** Names of the actions that there are, sorted. */
export const actionNames: readonly ActionName[] = (Object.keys(catalogue) as ActionName[]).sort()

/**
 * Which of Tinkerbell's actions an image is: by the last part of its name, whatever its registry, tag or digest, because
 * it is not fetched and nothing of it is run.
 * @returns null for an image that is none of them, and for what is no image reference
 */
export function actionOf(image: string): ActionName | null {
  const name = imageName(image)
  return name === null ? null : (byImage.get(plain(name)) ?? null)
}
