import type { Webhook } from '@eims/contracts'
import { type Check, ok, warn } from './check.ts'

/** Whether those who are to be told of events are told. Pure. */
export function judgeWebhooks(webhooks: Webhook[]): Check[] {
  const checks = webhooks.flatMap(({ name, enabled, givenUpAt, failingSince, lastFailure, disabledWhy, backlog }) => {
    if (givenUpAt !== null && !enabled)
      return [
        warn(
          `webhook ${name}`,
          `It was given up at ${givenUpAt}, because ${lastFailure}; ${backlog} events wait for it.`,
          `Mend its receiver, look with: webhooks test ${name}, then: webhooks set ${name} --enabled yes.`,
        ),
      ]
    if (disabledWhy !== null && !enabled)
      return [
        warn(
          `webhook ${name}`,
          `It is disabled: ${disabledWhy}; ${backlog} events wait for it.`,
          `webhooks set ${name} --enabled yes`,
        ),
      ]
    if (enabled && failingSince !== null)
      return [
        warn(
          `webhook ${name}`,
          `Nothing is delivered since ${failingSince}: ${lastFailure}; ${backlog} events wait for it.`,
          'Mend its receiver; it is tried for 3 days, at least once an hour, and then given up.',
        ),
      ]
    return []
  })
  if (checks.length > 0 || webhooks.length === 0) return checks
  return [ok('webhooks', `${webhooks.length} are told of events.`)]
}
