import type { JsonObject } from '@nuncio/config'
import { type AdminEndpoint, type AdminRequest, type AdminResponse, jsonResponse, textResponse } from '../endpoint.ts'
import type { BalancersView, BalancerView, PickQuestion } from '../view/balancer-view.ts'

const CLUSTER = { name: 'cluster', help: 'The name of a cluster', kind: 'text' } as const
const FORMAT = { name: 'format', help: 'The format', kind: ['text', 'json'] } as const

/** `/balancers` and what is below: how hosts are chosen, why, and by which weights. */
export function balancerEndpoints(balancers: BalancersView): AdminEndpoint[] {
  return [policies(balancers), explain(balancers), picks(balancers), weights(balancers)]
}

function policies(balancers: BalancersView): AdminEndpoint {
  return {
    path: '/balancers',
    help: 'load balancing policies, and the terms of scores by host',
    mutates: false,
    params: [CLUSTER, FORMAT],
    handle({ params }) {
      const only = params.get('cluster')
      const found = (only === undefined ? balancers.names() : [only]).flatMap((name) => balancers.describe(name) ?? [])
      if (only !== undefined && found.length === 0) return noCluster(only)
      return params.get('format') === 'json'
        ? jsonResponse({ balancers: found })
        : textResponse(found.map(asText).join(''))
    },
  }
}

function explain(balancers: BalancersView): AdminEndpoint {
  return {
    path: '/balancers/explain',
    help: 'how a host would be chosen for a request, without choosing one',
    mutates: false,
    params: [
      CLUSTER,
      { name: 'url', help: 'The request: the route that it takes names cluster and hash policy', kind: 'text' },
      { name: 'method', help: 'Its method', kind: 'text' },
      { name: 'headers', help: 'Its headers, one “name: value” a line', kind: 'text' },
      { name: 'hash', help: 'A hash of 64 bits, in decimal digits', kind: 'text' },
      { name: 'hash_text', help: 'A text to be hashed', kind: 'text' },
      { name: 'override_host', help: 'The host that a session asks for', kind: 'text' },
      { name: 'metadata', help: 'Criteria of subsets, as JSON', kind: 'text' },
      { name: 'tried', help: 'Hosts that a retry avoids, with commas between', kind: 'text' },
    ],
    handle(request) {
      const question = questionOf(request)
      const told = typeof question === 'string' ? question : balancers.explain(question)
      return typeof told === 'string' ? textResponse(`${told}\n`, 400) : jsonResponse(told)
    },
  }
}

function picks(balancers: BalancersView): AdminEndpoint {
  return {
    path: '/balancers/picks',
    help: 'choices that were remembered; the runtime’s balancers.log_picks is the percentage',
    mutates: false,
    params: [CLUSTER],
    handle({ params }) {
      const cluster = params.get('cluster') ?? ''
      const recent = balancers.recentPicks(cluster)
      return recent === undefined ? noCluster(cluster) : jsonResponse({ picks: recent })
    },
  }
}

function weights(balancers: BalancersView): AdminEndpoint {
  return {
    path: '/balancers/weights',
    help: 'sets the weights of a score given as parameters; an empty value takes one back',
    mutates: true,
    params: [CLUSTER],
    handle({ params }) {
      const given = new Map<string, number | null>()
      for (const [name, text] of params)
        if (name !== 'cluster') given.set(name, text.trim() === '' ? null : Number(text))
      const wrong = balancers.setWeights(params.get('cluster') ?? '', given)
      return wrong === undefined ? textResponse('OK\n') : textResponse(`${wrong}\n`, 400)
    },
  }
}

function noCluster(name: string): AdminResponse {
  return textResponse(`there is no cluster '${name}'\n`, 404)
}

/** Lines as those of `/clusters`: `api::score::turn::weight::1 (configuration)`, `api::127.0.0.1:80::score::3.5`. */
function asText({ cluster, policy, score }: BalancerView): string {
  const lines = [`${cluster}::policy::${policy}`]
  for (const [term, { weight, from }] of Object.entries(score?.weights ?? {}))
    lines.push(`${cluster}::weight::${term}::${weight} (${from})`)
  for (const { host, values, score: sum } of score?.hosts ?? []) {
    for (const [term, value] of Object.entries(values)) lines.push(`${cluster}::${host}::${term}::${value}`)
    lines.push(`${cluster}::${host}::score::${sum}`)
  }
  return `${lines.join('\n')}\n`
}

/** A text says what is wrong with the question. */
function questionOf({ params }: AdminRequest): PickQuestion | string {
  const text = (name: string): string => params.get(name) ?? ''
  const headers: [string, string][] = []
  for (const line of text('headers').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()])
    else if (line.trim() !== '') return `'${line}' is no header: 'name: value' is`
  }
  if (!/^\d{0,20}$/.test(text('hash'))) return `'${text('hash')}' is no hash: 64 bits in decimal digits are`
  const metadata = objectOf(text('metadata'))
  if (metadata === null) return `'${text('metadata')}' is no JSON object`
  if (text('cluster') === '' && text('url') === '') return 'a cluster or a url is needed'
  return {
    cluster: text('cluster'),
    url: text('url'),
    method: text('method'),
    headers,
    hash: text('hash'),
    hashText: text('hash_text'),
    overrideHost: text('override_host'),
    metadata,
    tried: text('tried') === '' ? [] : text('tried').split(','),
  }
}

function objectOf(text: string): JsonObject | undefined | null {
  if (text === '') return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
  } catch {
    return null
  }
}
