import { z } from 'zod'
import { builtin, MINUTE } from './builtin.ts'

export const seed = builtin({
  arguments: z.strictObject({
    metaData: z.string(),
    userData: z.string(),
    vendorData: z.string(),
    /** empty: cloud-init's own choice (DHCP on one NIC) */
    networkConfig: z.string(),
    /** the image's last Linux partition is made as large as the disk lets it; left out (earlier versions): it is */
    growRoot: z.boolean().optional(),
    /** false: nothing in it lets the OS report itself; left out: it does */
    reports: z.boolean().optional(),
  }),
  open: ['metaData', 'userData', 'vendorData', 'networkConfig', 'growRoot', 'reports'],
  result: z.object({ partition: z.number() }),
  timeout: 10 * MINUTE,
  // its partition is found again
  repeatable: true,
  needs: 'write-image',
  addsPartition: true,
  tells: { done: 'the cloud-init seed is on the disk' },
})
