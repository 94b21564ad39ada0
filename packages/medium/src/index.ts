export { type Readable, Unreadable } from './bytes.ts'
export { type Composed, compose } from './compose.ts'
export { Customization, decodeCustomization, encodeCustomization, PRISTINE, type Unit } from './customization.ts'
export {
  type Contents,
  type Directory,
  decodeDirectory,
  encodeDirectory,
  type MediumImage,
  type MediumProfile,
  type Place,
  placesOf,
  sealOf,
} from './directory.ts'
export { mediumInitrd } from './initrd.ts'
export { DIRECTORY_OFFSET, MEDIUM_TYPE, MIB, PAGE, REPORTS, RESERVED, SECTOR, SUPERBLOCK, upTo } from './layout.ts'
export {
  checkPieces,
  findPartition,
  type Medium,
  openMedium,
  piecesOf,
  pristineHash,
  readCustomization,
  readReports,
} from './medium.ts'
export { appended, decodeReports, encodeReport, type InstallReport, newestOf, type Reports } from './reports.ts'
export { decodeSuperblock, encodeSuperblock, type Superblock } from './superblock.ts'
export { type Chosen, chosenFor, nameOf, readUnits, type UnitFault } from './units.ts'
