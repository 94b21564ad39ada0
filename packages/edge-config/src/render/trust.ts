import { certificatesIn, trustConfig, trustDoubt } from '@eims/cloud-config'
import type { OperatingSystem } from '../system/operating-system.ts'
import type { Facts } from './facts.ts'

/** The certificates that the OS is to trust besides, each by itself. */
export const authoritiesOf = ({ caCertificates = [] }: OperatingSystem): string[] => [
  ...new Set(caCertificates.flatMap(certificatesIn)),
]

/** The part of a cloud-config that makes the OS trust them. */
export function trustPart(system: OperatingSystem, imageType: Facts['imageType'], told: string[]) {
  const certificates = authoritiesOf(system)
  if (certificates.length > 0 && imageType === 'immutable')
    told.push(`${trustDoubt('operatingSystem.caCertificates')}; the cluster’s registries have them anyway`)
  return trustConfig(certificates, imageType, { file: 'site-ca', field: 'caCertificates' })
}
