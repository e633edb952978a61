import { configPlace } from '@nuncio/matching'
import { createSecureContext } from 'node:tls'
import { expect, test } from 'vitest'
import { decideParameters } from './parameters.ts'

test.each(['server', 'client'] as const)('the defaults of a %s are what the OpenSSL of this Node.js knows', (side) => {
  const problems: unknown[] = []
  const place = configPlace({}, { report: (problem) => problems.push(problem), path: '' })
  const parameters = decideParameters(undefined, side, place)
  expect(problems).toEqual([])
  expect(parameters.ecdhCurve).toMatch(/X25519:P-256$/)
  expect(() => createSecureContext(parameters)).not.toThrow()
})
