export { FakeRuntime } from './fake-runtime.ts'
export { FakeTime } from './fake-time.ts'
export { ScriptedRandom } from './scripted-random.ts'
export { TestSpan } from './test-span.ts'
