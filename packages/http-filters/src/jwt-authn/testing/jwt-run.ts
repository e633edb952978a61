import { calculateJwkThumbprint } from 'jose'
import type { SideRequest, SideResponse } from '@nuncio/filter-chain'
import { FilterBench, type Pairs, type RunOptions, type Transcript } from '@nuncio/filter-chain/testing'
import { FakeTime } from '@nuncio/core/testing'
import { responseHeaders, utf8Bytes } from '@nuncio/core'
import { jwtAuthn } from '../index.ts'

/** When tests happen, in Unix seconds. */
export const NOW = 1_800_000_000

/** A bench with one configuration, at `NOW`. */
export function jwtBench(config: string, options: RunOptions = {}): FilterBench {
  return new FilterBench(jwtAuthn, { time: new FakeTime(1000, NOW * 1000), config, ...options })
}

/** Runs one request with these headers; no time passes. */
export async function ask(bench: FilterBench, headers: Pairs = [], path = '/', method = 'GET'): Promise<Transcript> {
  const open = bench.open({ path, headers, method })
  await settle(open.stream, bench, 500)
  return open.transcript()
}

/** Signatures are checked on threads of the platform: one more piece of work for these, and they have got on. */
async function settle(stream: { readonly done: boolean }, bench: FilterBench, rounds: number): Promise<void> {
  if (stream.done || rounds === 0) return
  await calculateJwkThumbprint({ kty: 'oct', k: 'AA' })
  await bench.time.advanceAsync(0)
  await settle(stream, bench, rounds - 1)
}

export function bearer(token: string): Pairs {
  return [['authorization', `Bearer ${token}`]]
}

/** The words of an answer: status, then the body of a refusal. */
export function said({ status, body }: Transcript): string {
  return body === '' ? String(status) : `${status} ${body}`
}

/** A server of keys: answers with what `keys` is at the time; undefined: with an error. */
export class KeyServer {
  keys: string | undefined
  status = 200
  failure = ''
  readonly asked: SideRequest[] = []

  constructor(keys: string | undefined) {
    this.keys = keys
  }

  readonly fetch = async (_cluster: string, request: SideRequest): Promise<SideResponse> => {
    this.asked.push(request)
    await Promise.resolve()
    if (this.failure !== '') throw Object.assign(new Error(this.failure), { failure: this.failure })
    const body = utf8Bytes(this.keys ?? '')
    return { status: this.status, headers: responseHeaders(this.status, []), body, grpcStatus: -1, grpcMessage: '' }
  }
}
