export {
  crypt,
  placeOf,
  readAt,
  type SiteFacts,
  type StoredConfig,
  type UnitConfig,
  type UnitContext,
  unitConfig,
  unitOrReason,
} from './unit-config.ts'
export { type UnitPlanInput, unitPlan } from './unit-plan.ts'
