import type { SemanticContext, SemanticRule } from './rule.ts'

/** Clusters, listeners and secrets are told apart by their names. */
export const uniqueNames: SemanticRule = {
  types: [],
  check(context) {
    const statics = context.bootstrap?.static_resources
    sayTwice(context, 'cluster', statics?.clusters)
    sayTwice(context, 'listener', statics?.listeners)
    sayTwice(context, 'secret', statics?.secrets)
  },
}

function sayTwice(
  context: SemanticContext,
  what: string,
  list: readonly { readonly name?: string }[] | undefined,
): void {
  const seen = new Set<string>()
  for (const item of list ?? []) {
    // Listeners may go without a name.
    if (item.name === undefined || item.name === '') continue
    if (seen.has(item.name))
      context.say(
        'duplicate-name',
        'error',
        item,
        'name',
        `a ${what} named "${item.name}" is already there`,
        'give each a name of its own',
      )
    seen.add(item.name)
  }
}
