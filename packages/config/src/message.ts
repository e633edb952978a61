import type { Enums, Messages } from './generated/messages.ts'
import type { AnyMessage } from './values.ts'

/** The normalised form of an Envoy message, by its full name: `Message<'envoy.config.route.v3.RouteMatch'>`. */
export type Message<T extends keyof Messages> = Messages[T]
/** The names of an Envoy enum's values. */
export type EnumName<T extends keyof Enums> = Enums[T]
/** The full names of all messages of the API, such as `envoy.config.cluster.v3.Cluster`. */
export type MessageName = keyof Messages

/** Whether an `Any` holds a message of this type. */
export function isMessage<T extends MessageName>(
  any: AnyMessage | undefined,
  type: T,
): any is { readonly '@type': T } & Messages[T] {
  return any !== undefined && any['@type'] === type
}

/**
 * What a part honours of one message: all of it, or these fields. `noEffect` names fields that are accepted though they
 * change nothing here, each with the reason; `unsupported` says of fields that are refused why, and what to do instead.
 */
export type HonouredFields<F extends string> =
  | '*'
  | readonly F[]
  | {
      readonly honoured: '*' | readonly F[]
      readonly noEffect?: { readonly [K in F]?: string }
      readonly unsupported?: { readonly [K in F]?: string }
    }

/**
 * Which fields of which messages a part of nuncio honours; `'*'` stands for all fields of a message, not of those below it.
 * What is honoured of a type is the union of all parts, wherever the message stands. A message that many parts read, each
 * in its own way, is declared for the place where it stands: `<message>#<field>` says what is honoured of what that field
 * holds, and then what others say of its type does not count there.
 */
export type Honours = { readonly [T in MessageName]?: HonouredFields<keyof Messages[T] & string> } & {
  readonly [name: `nuncio.${string}`]: '*' | readonly string[]
} & {
  readonly [place: `${string}#${string}`]: HonouredFields<string>
}

/** A configuration message as a definition declares it: its type, and what is honoured of it and below it. */
export interface MessageSchema<C> {
  readonly type: string
  readonly honours: Honours
  /** Own messages in the table's form, for what is not Envoy's. */
  readonly messages?: Readonly<Record<string, import('./table.ts').MessageSpec>>
  readonly enums?: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Only carries the type. */
  readonly config?: C
}

/** Declares an Envoy message as a part's configuration, with the fields that the part honours. */
export function envoyMessage<T extends MessageName>(type: T, honours: Honours): MessageSchema<Messages[T]> {
  return { type, honours }
}
