export { type CloudInitDocuments, cloudInitDocuments } from './documents.ts'
export { networkConfigFault } from './network-config.ts'
export { cloudConfigFault, cloudConfigWarnings } from './profile-part.ts'
