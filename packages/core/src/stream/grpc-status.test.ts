import { expect, test } from 'vitest'
import { grpcStatusOf } from './grpc-status.ts'

test.each([
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [429, 14],
  [502, 14],
  [503, 14],
  [504, 14],
  [200, 2],
  [418, 2],
  [500, 2],
])('HTTP %i is the gRPC status %i', (http, grpc) => expect(grpcStatusOf(http)).toBe(grpc))
