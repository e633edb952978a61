export { FakeRuntime, FakeTime, ScriptedRandom } from '@nuncio/core/testing'
export {
  fakeRoute,
  type FakeRouteOptions,
  FilterBench,
  type OpenStream,
  type Pairs,
  RecordingEncoder,
  runFilter,
  type RunOptions,
  ScriptedOrigin,
  type SeenRequest,
  type Transcript,
  type UpstreamAnswer,
} from '@nuncio/filter-chain/testing'
export { checkFilter, type CheckOptions } from './filters/check-filter.ts'
export type { BodyMeaning } from './filters/outcome.ts'
export type { FilterRule, FilterViolation } from './filters/violations.ts'
