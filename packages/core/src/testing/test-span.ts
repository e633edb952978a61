import type { HeaderMap } from '../headers/header-map.ts'
import type { AttributeValue, Span } from '../stream/span.ts'

/** A span that remembers what it was told; ids are numbers in the order of making. */
export class TestSpan implements Span {
  readonly recording = true
  readonly traceId = '000000000000000000000000000000aa'
  readonly spanId: string
  readonly parent: TestSpan | undefined
  operation: string
  readonly attributes: Record<string, AttributeValue> = {}
  readonly events: string[] = []
  discarded = false
  /** More than once is a fault of whoever ends it. */
  ends = 0
  /** It and all below it, in the order in which they began. */
  readonly all: TestSpan[]

  constructor(operation = 'request', parent?: TestSpan) {
    this.operation = operation
    this.parent = parent
    this.all = parent === undefined ? [this] : parent.all
    if (parent !== undefined) this.all.push(this)
    this.spanId = this.all.length.toString(16).padStart(16, '0')
  }

  setOperation(operation: string): void {
    this.operation = operation
  }
  setAttribute(name: string, value: AttributeValue): void {
    this.attributes[name] = value
  }
  log(event: string): void {
    this.events.push(event)
  }
  child(operation: string): TestSpan {
    return new TestSpan(operation, this)
  }
  inject(headers: HeaderMap): void {
    headers.set('traceparent', `00-${this.traceId}-${this.spanId}-01`)
  }
  discard(): void {
    this.discarded = true
  }
  end(): void {
    this.ends++
  }
}
