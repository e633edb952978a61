export { type AuthzAnswer, authzAnswer, type ChangeKind, type HeaderChange, NO_ANSWER } from './ext-authz/answer.ts'
export {
  type Attributes,
  destinationPeer,
  httpRequest,
  labelsOf,
  metadataContext,
  type RequestTelling,
  type RequestView,
  sourcePeer,
  tlsSession,
  toldOnce,
} from './ext-authz/check-request.ts'
export { GrpcAuthorizer } from './ext-authz/grpc-authorizer.ts'
export { authzServiceHonours } from './ext-authz/honours.ts'
export { statusNumber } from './ext-authz/read-answer.ts'
export { type MutationVerdict, MutationRules } from './mutation-rules/mutation-rules.ts'
export { limitServiceHonours } from './ratelimit/honours.ts'
export { type LimitAnswer, type LimitStatus, NO_LIMIT_ANSWER } from './ratelimit/limit-answer.ts'
export { type LimitQuestion, RateLimitService } from './ratelimit/limit-service.ts'
export type { Judgement, RbacEngine } from './rbac/engine.ts'
export { connectionRulesHonours, requestRulesHonours } from './rbac/honours.ts'
export type { RbacScope, RbacSubject } from './rbac/rule.ts'
export { type CompiledRules, compileRules, type RbacRulesConfig } from './rbac/rules.ts'
export { endAuthzSpan } from './ext-authz/authz-span.ts'
export { type Asker, type CallParts, failureOf, sideCall } from './side-calls/caller.ts'
export { GrpcServiceClient, type GrpcServiceParts } from './side-calls/grpc-service.ts'
export { sideCallHonours } from './side-calls/honours.ts'
export { compileSideRetry, type SideRetryPolicy } from './side-calls/retry-policy.ts'
