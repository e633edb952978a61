import type { LoadBalancerContext } from '@nuncio/cluster'
import type { Story } from '../explain/story.ts'
import type { PriorityChooser } from './priority-chooser.ts'

/**
 * Tells how the level is chosen and answers the choice that takes most of the traffic (as `PriorityChooser.choose`),
 * or the certain one when `percent` (a hash modulo 100) is given.
 */
export function tellPriorities(
  story: Story,
  chooser: PriorityChooser,
  context: LoadBalancerContext,
  percent?: number,
): number {
  const { healthy, degraded, panic } = chooser.loads
  if (healthy.length === 0) {
    story.choose(undefined, 'the cluster has no hosts')
    return -1
  }
  const shares = healthy.map((load, i) => {
    const part = degraded[i]! > 0 ? `${load} % and ${degraded[i]!} % degraded` : `${load} %`
    return `P${i} ${part}${panic[i]! ? ' (panic)' : ''}`
  })
  const tried = context.triedPriorities
  if (tried !== undefined && tried.length > 0) story.step(`priorities tried before are avoided: ${tried.join(', ')}`)
  const choice = percent === undefined ? largest(healthy, degraded) : chooser.choose(percent)
  const certain = chooser.only !== -2 || percent !== undefined
  const name = `priority ${choice >> 1}${(choice & 1) === 1 ? ', degraded hosts' : ''}`
  story.step(`loads ${shares.join(', ')}: ${name}${certain ? '' : ' (the likeliest; the level is drawn)'}`)
  return choice
}

function largest(healthy: readonly number[], degraded: readonly number[]): number {
  let best = 0
  let most = -1
  for (const [i, load] of healthy.entries()) if (load > most) [best, most] = [i * 2, load]
  for (const [i, load] of degraded.entries()) if (load > most) [best, most] = [i * 2 + 1, load]
  return best
}
