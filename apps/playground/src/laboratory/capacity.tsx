import { countText } from '@nuncio/simulator'
import { lab, labHosts } from '../state/lab.ts'

/** How much the hosts can serve, beside how much comes: more is a queue that grows. */
export function Capacity() {
  const { rps, workers, meanMs, hosts: differing } = lab.value
  const factorOf = new Map(differing.map(({ address, factor }) => [address, factor]))
  const { hosts } = labHosts.value
  if (hosts.length === 0) return null
  const most = hosts.reduce((sum, address) => sum + (workers * 1000) / (meanMs * (factorOf.get(address) ?? 1)), 0)
  return (
    <p class="lab-capacity" data-over={rps > most}>
      {hosts.length === 1 ? 'This host' : `These ${hosts.length} hosts`} can serve {countText(Math.floor(most))}{' '}
      requests/s
      {rps > most ? ', fewer than come' : ''}.
    </p>
  )
}
