import type { Message, MessageName, Problem } from '@nuncio/config'
import type { DiscoveredResources, ResourceSource, ResourceSubscriber, ResourceWish } from '../contracts.ts'

const NOWHERE = { file: '', line: 1, column: 1 }

/** A source whose answers a test gives. */
export class FakeResources implements ResourceSource {
  readonly wishes: ResourceWish<MessageName>[] = []
  ended = 0
  /** What `obstacle` answers. */
  missing = ''
  #subscriber: ResourceSubscriber<MessageName> | undefined = undefined

  obstacle(): string {
    return this.missing
  }

  subscribe<T extends MessageName>(wish: ResourceWish<T>, subscriber: ResourceSubscriber<T>): () => void {
    this.wishes.push(wish)
    this.#subscriber = subscriber as unknown as ResourceSubscriber<MessageName>
    return () => void this.ended++
  }

  /** Answers whoever subscribed last; the result is why it was refused. */
  tell<T extends MessageName>(...messages: readonly Message<T>[]): readonly Problem[] {
    const problem = (message: string): Problem => {
      return { code: 'invalid-resource', severity: 'error', path: '', message, hint: '', ...NOWHERE }
    }
    const response: DiscoveredResources<MessageName> = {
      version: '1',
      resources: messages.map((message, i) => ({ message, path: `resources[${i}]`, problems: [] })),
      unread: [],
      sources: { positionOf: () => undefined },
      problem,
    }
    const answer = this.#subscriber!.onResources(response)
    if (answer instanceof Promise) throw new TypeError('whoever subscribed takes its time')
    return answer
  }

  fail(): void {
    this.#subscriber!.onFailure()
  }
}
