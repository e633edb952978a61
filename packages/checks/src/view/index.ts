export {
  type Cluster,
  ConfigView,
  openConfig,
  type OpenOptions,
  type RouteConfiguration,
  viewBootstrap,
} from './config-view.ts'
export { addressText, type FilterChain, type Hcm, type Listener, listenerName, type ManagerView } from './managers.ts'
