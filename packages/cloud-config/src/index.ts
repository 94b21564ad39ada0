export { type CloudInitDocuments, type CloudInitInput, cloudInitDocuments } from './documents.ts'
export { networkConfigFault } from './network-config.ts'
export { cloudConfigFault, cloudConfigWarnings } from './profile-part.ts'
