export { type CloudInitDocuments, type CloudInitInput, cloudInitDocuments } from './documents.ts'
export { cloudConfigFault } from './profile-part.ts'
