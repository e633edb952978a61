import type { BalancersView, BalancerView, PickQuestion } from '@nuncio/admin'
import { scoreOf } from '@nuncio/balancers'
import type { Cluster } from '@nuncio/cluster'
import type { JsonObject } from '@nuncio/config'
import { NuncioError } from '@nuncio/core'
import { AskedPick, type Asked } from './asked-pick.ts'
import type { NuncioServer } from '../nuncio-server.ts'

/** The balancers of a server's clusters, for its admin. */
export class ServerBalancers implements BalancersView {
  readonly #server: NuncioServer

  constructor(server: NuncioServer) {
    this.#server = server
  }

  names(): readonly string[] {
    return this.#server.parts.clusters.clusters().map(({ name }) => name)
  }

  describe(name: string): BalancerView | undefined {
    const cluster = this.#get(name)
    if (cluster === undefined) return undefined
    const score = scoreOf(cluster.loadBalancer)
    const policy = cluster.explain?.(new AskedPick())?.policy ?? 'unknown'
    return { cluster: name, policy, score: score && { weights: score.weights, hosts: score.table() } }
  }

  explain(question: PickQuestion): JsonObject | string {
    const asked = askedBy(question, this.#server)
    if (typeof asked === 'string') return asked
    const cluster = this.#get(asked.cluster)
    if (cluster === undefined) return `there is no cluster '${asked.cluster}'`
    const told = cluster.explain?.(asked.context)
    if (told === undefined) return `the policy of '${asked.cluster}' explains nothing`
    return json({ cluster: asked.cluster, ...told, steps: [...asked.steps, ...told.steps] })
  }

  recentPicks(name: string): readonly JsonObject[] | undefined {
    const cluster = this.#get(name)
    return cluster && (cluster.recentPicks?.() ?? []).map((pick) => json({ ...pick, at: iso(pick.atMs) }))
  }

  setWeights(name: string, weights: ReadonlyMap<string, number | null>): string | undefined {
    const cluster = this.#get(name)
    if (cluster === undefined) return `there is no cluster '${name}'`
    const score = scoreOf(cluster.loadBalancer)
    if (score === undefined) return `the policy of '${name}' is no score`
    try {
      score.setWeights(Object.fromEntries([...weights].map(([term, weight]) => [term, weight ?? undefined])))
      return undefined
    } catch (error) {
      if (error instanceof NuncioError) return `${error.message}; ${error.hint ?? ''}`
      throw error
    }
  }

  #get(name: string): Cluster | undefined {
    return this.#server.parts.clusters.get(name)
  }
}

function askedBy(question: PickQuestion, server: NuncioServer): Asked | string {
  const context = new AskedPick()
  const { bootstrap, loaded } = server.parts
  const asked = question.url === '' ? { cluster: '', context, steps: [] } : context.follow(question, bootstrap, loaded)
  if (typeof asked === 'string') return asked
  context.take(question)
  return { ...asked, cluster: question.cluster === '' ? asked.cluster : question.cluster }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

/** Without what is undefined. */
function json(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject
}
