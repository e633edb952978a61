export { addressJson } from './clusters/clusters-json.ts'
export { redactSecrets } from './config-dump/redact.ts'
export {
  type AdminContext,
  type AdminEndpoint,
  type AdminParam,
  type AdminRequest,
  type AdminResponse,
  htmlResponse,
  jsonResponse,
  textResponse,
  type TextMatcher,
} from './endpoint.ts'
export { balancerEndpoints } from './endpoints/balancers.ts'
export { adminHonours, statsConfigHonours } from './honours.ts'
export { escapeHtml } from './html/escape.ts'
export { page } from './html/page.ts'
export type { AdminAccessLog } from './http/admin-log.ts'
export { type AdminOptions, AdminServer, type AdminTraffic } from './http/admin-server.ts'
export { SUFFIX_TAGS, type TagRule, TREE_TAGS } from './prometheus/default-tags.ts'
export { exposition, type ExpositionOptions } from './prometheus/exposition.ts'
export { type StatsRules, statsRules, type StatsRulesOptions } from './prometheus/stats-rules.ts'
export type { RegexCompiler } from './prometheus/text-matcher.ts'
export type { StatsSelection } from './stats/selection.ts'
export type {
  AdminActions,
  AdminView,
  CertificateDetailsView,
  CertificateView,
  ConfigurationView,
  ListenerView,
  LoggingControl,
  MemoryView,
  ReloadView,
  RuntimeView,
  ServerInfoView,
  ServerState,
} from './view/admin-view.ts'
export type { BalancersView, BalancerView, PickQuestion, ScoreView } from './view/balancer-view.ts'
export type { StatsView, TaggedName } from './view/stats-view.ts'
