import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '../place/config-place.ts'
import { compileStringMatcher, type StringMatcher } from '../string/string-matcher.ts'
import { got } from '../text/text.ts'

/** Where a path ends and its query or fragment begins. */
export function pathEnd(path: string): number {
  for (let i = 0; i < path.length; i++) {
    const c = path.charCodeAt(i)
    if (c === 63 || c === 35) return i
  }
  return path.length
}

/** The path without its query and fragment. */
export function pathOnly(path: string): string {
  const end = pathEnd(path)
  return end === path.length ? path : path.slice(0, end)
}

/** A test of a path (`envoy.type.matcher.v3.PathMatcher`); query and fragment are not looked at. */
export class PathMatcher {
  readonly #matcher: StringMatcher

  constructor(matcher: StringMatcher) {
    this.#matcher = matcher
  }
  matches(path: string): boolean {
    return this.#matcher.matches(pathOnly(path))
  }
  describe(): string {
    return `path ${this.#matcher.describe()}`
  }
  explain(path: string): string {
    return got(pathOnly(path))
  }
}

/** Compiles a matcher of paths. One that is refused is reported at `place` and never matches. */
export function compilePathMatcher(
  config: Message<'envoy.type.matcher.v3.PathMatcher'>,
  place: ConfigPlace,
): PathMatcher {
  return new PathMatcher(compileStringMatcher(config.path ?? {}, place.at('path', config.path)))
}
