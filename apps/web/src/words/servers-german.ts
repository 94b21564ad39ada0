/** A module of its own, so that it is loaded by itself. */
export { spokenGerman } from '@eims/contracts'
