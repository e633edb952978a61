export type { ChangedThing, Closing, ConfigChange, ConfigDiff } from './change.ts'
export { diffConfigs } from './diff-configs.ts'
export type { FieldChange } from './field-changes.ts'
export { printDiff } from './print.ts'
