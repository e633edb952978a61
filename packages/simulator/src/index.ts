export type { HashPicture } from './hash/picture.ts'
export { hashPicture } from './hash/picture.ts'
export { isHashing } from './hash/hash-balancer.ts'
export { DEFAULT_SERVICE, SERVICE_SPREADS, type ServiceModel, type ServiceSpread } from './host/service-model.ts'
export { type Incident, INCIDENT_KINDS, type IncidentKind, incidentText } from './incident/incident.ts'
export { parseIncident } from './incident/parse-incident.ts'
export { ARRIVALS, type Arrivals, LIMITS, type SimulationPlan } from './plan/plan.ts'
export { type RouteOfCluster, routeName, routesTo } from './plan/routes-to.ts'
export type { SimulationEvent } from './record/journal.ts'
export type { LatencySummary } from './record/latencies.ts'
export {
  HOST_STATES,
  type HostCondition,
  type HostReport,
  type HostSeries,
  type Overflows,
  type Series,
  type SimulationReport,
} from './record/report.ts'
export { simulate, Simulation } from './simulation.ts'
export { VirtualTime } from './time/virtual-time.ts'
export { type Assertion, type AssertionResult, checkAssertion, METRICS, parseAssertion } from './assertion/assertion.ts'
export { type ClusterScene, sceneOf } from './plan/scene-of.ts'
export { DEFAULT_SCORE, POLICIES, type PolicyName, type ScoreWeights, withPolicy } from './plan/with-policy.ts'
export { countText, hostText, msText, shareText } from './print/format.ts'
export { printReport } from './print/print-report.ts'
export { reportSvg } from './svg/svg.ts'
export { membersOf } from './cluster/members.ts'
export { policyName } from './plan/policy-name.ts'
