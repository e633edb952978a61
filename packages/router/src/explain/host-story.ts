import { quoted } from '@nuncio/matching'
import type { ExplainStep } from '../contracts.ts'
import type { Domain } from '../table/host-table.ts'
import { portStart } from '../headers/authority.ts'
import type { CompiledRouteTable } from '../table/route-table.ts'

const KINDS = { exact: 'exact', suffix: 'suffix wildcard', prefix: 'prefix wildcard', any: 'catch-all' } as const
const MAX_OTHERS = 5

/** Why this virtual host won for a host, and what the others lacked. */
export function hostStory(
  table: CompiledRouteTable,
  host: string | undefined,
  winner: Domain | undefined,
): ExplainStep[] {
  const { hosts } = table
  const at = (domain: Domain): ExplainStep['position'] => {
    const list = domain.virtualHost.config.domains
    return (list && table.positionOf(list, domain.index)) ?? domain.virtualHost.position
  }
  if (winner !== undefined) {
    const why = hosts.onlyAny
      ? 'is the only domain there is, so the host is not looked at'
      : `fits the host ${quoted(host ?? '')} as ${KINDS[winner.kind]}`
    const steps: ExplainStep[] = [
      {
        text: `virtual host ${quoted(winner.virtualHost.name)}: domain ${quoted(winner.text)} ${why}`,
        position: at(winner),
      },
    ]
    if (hosts.onlyAny) return steps
    const others = hosts.domains.filter((domain) => domain !== winner && hosts.fits(domain, host ?? ''))
    for (const other of others.slice(0, MAX_OTHERS)) {
      steps.push({
        text: `${quoted(other.text)} of virtual host ${quoted(other.virtualHost.name)} fits too, but ${loses(other, winner)}`,
        position: at(other),
      })
    }
    // Whoever ends up with the catch-all meant another one, as often as not.
    return winner.kind === 'any' ? [...steps, ...nearStories(table, host ?? '', at)] : steps
  }
  if (host === undefined) return [{ text: 'the request has no host to look at', position: undefined }]
  return [{ text: `no domain fits the host ${quoted(host)}`, position: undefined }, ...nearStories(table, host, at)]
}

function nearStories(
  { hosts }: CompiledRouteTable,
  host: string,
  at: (domain: Domain) => ExplainStep['position'],
): ExplainStep[] {
  return nearDomains(hosts, host).map(({ domain, why }) => ({
    text: `${quoted(domain.text)} of virtual host ${quoted(domain.virtualHost.name)} ${why}`,
    position: at(domain),
  }))
}

function loses(other: Domain, winner: Domain): string {
  if (other.kind !== winner.kind) return `${KINDS[winner.kind]} domains come before ${KINDS[other.kind]} ones`
  return 'a longer one wins'
}

function nearDomains(hosts: CompiledRouteTable['hosts'], host: string): { domain: Domain; why: string }[] {
  const port = portStart(host)
  const name = (port < 0 ? host : host.slice(0, port)).toLowerCase()
  const near: { domain: Domain; why: string }[] = []
  for (const domain of hosts.domains) {
    if (domain.kind === 'any') continue
    const text = domain.text.toLowerCase()
    const own = portStart(text)
    if (port >= 0 && hosts.fits(domain, name))
      near.push({ domain, why: 'differs by the port only: see ignore_port_in_host_matching, strip_any_host_port' })
    else if (own >= 0 && text.slice(0, own) === name)
      near.push({ domain, why: `asks for the port ${text.slice(own + 1)}` })
    else if (domain.kind === 'suffix' && text.slice(2) === name)
      near.push({ domain, why: 'needs something before its suffix' })
    if (near.length === MAX_OTHERS) break
  }
  return near
}
