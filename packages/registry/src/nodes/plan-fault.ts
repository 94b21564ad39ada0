import type { Db } from '../database/database.ts'

/**
 * What workflows may rest on has changed (an image, a profile, a workflow, the site): why they made no run is tried anew.
 * Machines that somebody holds at the moment are passed over, and tried again in their time.
 */
export async function forgetPlanFaults(db: Db): Promise<void> {
  await db.$executeRaw`
    update node set plan_fault = null
     where id in (select id from node where plan_fault is not null for no key update skip locked)`
}
