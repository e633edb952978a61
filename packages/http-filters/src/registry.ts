// One line a filter: the folder exports its definition.
export { router } from './router/index.ts'
export { cors } from './cors/index.ts'
export { fault } from './fault/index.ts'
export { headerMutation } from './header-mutation/index.ts'
export { buffer } from './buffer/index.ts'
export { csrf } from './csrf/index.ts'
export { localRateLimit } from './local-ratelimit/index.ts'
export { rbac } from './rbac/index.ts'
