export { fakeRoute, type FakeRouteOptions } from './fake-route.ts'
export { RecordingEncoder } from './recording-encoder.ts'
export { FilterBench, type OpenStream, runFilter, type RunOptions, type Transcript } from './run-filter.ts'
export { type Pairs, ScriptedOrigin, type SeenRequest, type UpstreamAnswer } from './scripted-origin.ts'
