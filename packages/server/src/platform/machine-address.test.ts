import { isIPv4, isIPv6 } from 'node:net'
import { expect, test } from 'vitest'
import { machineAddress } from './machine-address.ts'

test('the machine has an address of each version, its loopback one where it has no other', () => {
  expect([isIPv4(machineAddress(4)), isIPv6(machineAddress(6))]).toEqual([true, true])
})
