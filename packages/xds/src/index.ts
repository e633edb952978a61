export {
  type ConfigSource,
  type DiscoveredResource,
  type DiscoveredResources,
  hasErrors,
  problemsOf,
  type ResourceSource,
  type ResourceSubscriber,
  type ResourceWish,
} from './contracts.ts'
export { FileSource, type FileSourceOptions } from './files/file-source.ts'
export { xdsHonours } from './honours.ts'
export { type OneResource, oneResource } from './one-resource.ts'
export { type ReadResponse, readResponse } from './read-response.ts'
