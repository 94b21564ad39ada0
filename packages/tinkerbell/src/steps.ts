import type { Spot } from '@eims/placed-yaml'
import type { ActionName } from './actions/catalogue.ts'

/** What one workflow asks for: rendered, read, in order. No image, disk or machine was looked up for it. */
export interface Steps {
  name: string
  /** the machine that it says it is for; '' when it says nothing, as a Task alone does */
  worker: string
  /** seconds for all of it; 0: no limit, null: it says nothing */
  timeout: number | null
  /** why it must not run now; null: it may */
  disabled: string | null
  /** its tasks in order, and the seconds that each may take */
  tasks: { name: string; timeout: number | null }[]
  actions: Step[]
}

export interface Step {
  task: string
  /** unique in its task */
  name: string
  /** as it is written */
  image: string
  action: ActionName
  /** the words for the container: `command` of a template, `command` and `args` of a Task */
  command: string[]
  /** of the action, its task and the workflow; each value is the text that stands in the file */
  env: Readonly<Record<string, string>>
  volumes: string[]
  pid: string
  network: string
  /** seconds for all attempts together; 0: no limit, null: it says nothing */
  timeout: number | null
  /** attempts after the first */
  retries: number
  /** seconds before the second attempt, twice as many before each further one */
  backoff: number
  /** its success is reported before it begins */
  background: boolean
  /** whether its condition holds */
  runs: boolean
  /** what is done when its last attempt has failed, or its time was up */
  onFailure: Step[]
  onTimeout: Step[]
  /** where it stands: `action` as a whole, `image`, `command`, `env.NAME` */
  where: Readonly<Record<string, Spot>>
}
