export { FakeResources } from './fake-resources.ts'
