import { expect, test } from 'vitest'
import { planOf } from '../testing/plans.ts'
import { hashPicture } from './picture.ts'

test.each(['RING_HASH', 'MAGLEV'])('%s: shares of the hash space, near to equal for equal hosts', (policy) => {
  const { cluster } = planOf({ hosts: 4, cluster: `lb_policy: ${policy}` })
  const picture = hashPicture(cluster, 4096)!
  expect(picture.hosts).toEqual(['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80', '10.0.0.4:80'])
  expect(picture.points).toHaveLength(4096)
  for (const share of picture.shares) expect(Math.abs(share - 0.25)).toBeLessThan(policy === 'MAGLEV' ? 0.02 : 0.1)
})

test('a host that is absent has no share, and most of the rest stays where it is', () => {
  const { cluster } = planOf({ hosts: 4, cluster: 'lb_policy: RING_HASH' })
  const all = hashPicture(cluster, 2048)!
  const without = hashPicture(cluster, 2048, new Set(['10.0.0.2:80']))!
  expect(without.shares[1]).toBe(0)
  const moved = without.points.filter((host, i) => host !== all.points[i]).length
  expect(moved / 2048).toBeLessThan(0.5)
})

test('policies that do not hash have no picture', () => {
  expect(hashPicture(planOf({}).cluster, 64)).toBeUndefined()
})
