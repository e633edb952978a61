export type * from './contracts.ts'
export { ListenerStats } from './listener-stats.ts'
