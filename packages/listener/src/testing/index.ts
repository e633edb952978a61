export { answer, ANSWER, ListenerHarness, read, until } from './harness.ts'
