export { formatIpv6, ipNumber, isLoopback, unmapIpv4 } from './cidr/address.ts'
export { CidrSet, cidrSet } from './cidr/cidr-set.ts'
export { CidrTable } from './cidr/cidr-table.ts'
export { compileCidrRanges } from './cidr/compile.ts'
export { type IpWords, ipWords, parseIp } from './cidr/ip.ts'
export { compileCookieMatchers, CookieMatcher, cookieValue } from './cookie/cookie.ts'
export { explainFilterChain, type FilterChainExplanation } from './filter-chain/explain.ts'
export {
  type FilterChainChoices,
  type FilterChainSelector,
  compileFilterChains,
} from './filter-chain/filter-chain-selector.ts'
export type { ConnectionFacts, FilterChainEntry } from './filter-chain/filter-chain-table.ts'
export { runtimeFlag } from './fraction/runtime-flag.ts'
export { compileRuntimeFraction, fraction, remainder, RuntimeFraction } from './fraction/runtime-fraction.ts'
export {
  compileHeaderMatcher,
  compileHeaderMatchers,
  HeaderMatcher,
  type HeaderValues,
  matchesHeaders,
} from './header/header-matcher.ts'
export { matchingHonours } from './honours.ts'
export { FilterStateMatcher, filterStateValue } from './metadata/filter-state-matcher.ts'
export {
  compileMetadataMatchers,
  type MetadataMap,
  MetadataMatcher,
  metadataValue,
  valueAtPath,
} from './metadata/metadata-matcher.ts'
export { compileValueMatcher, type ValueMatcher } from './metadata/value-matcher.ts'
export { compilePathMatcher, pathEnd, PathMatcher, pathOnly } from './path/path-matcher.ts'
export { type CompileScope, ConfigPlace, configPlace, type PlaceOptions, strictPlace } from './place/config-place.ts'
export type { Finding, Report } from './place/finding.ts'
export { decodedQueryParameter, percentDecoded } from './query/decode.ts'
export { compileQueryParameterMatchers, queryParameter, QueryParameterMatcher } from './query/query-parameter.ts'
export { RadixNode, type RadixOptions, RadixTree } from './radix/radix-tree.ts'
export { compileRegexMatcher, compileRegexRewrite, type RegexRewrite } from './regex/compile.ts'
export { compileRegex, MAX_PROGRAM_SIZE, Regex } from './regex/regex.ts'
export { parseSubstitution, Substitution } from './regex/substitution.ts'
export {
  beginningWith, compileStringMatcher, compileStringMatchers, containing, endingWith, exactly, matchesAny, matchingRegex, StringMatcher,
} from './string/string-matcher.ts' // prettier-ignore
export { got, hasLowerAt, isAscii, lowerAscii, quoted, wireText } from './text/text.ts'
export { CUSTOM_MATCHERS, type CustomMatcher, type CustomMatcherRegistry } from './tree/custom.ts'
export { HTTP_INPUTS, type InputRegistry, type MatchInput, NETWORK_INPUTS } from './tree/inputs.ts'
export { type HttpMatchData, httpMatchData, type NetworkMatchData, setHttpMatchData } from './tree/match-data.ts'
export { compileMatchTree, type MatchTree, type MatchTreeOptions, type TreeStep } from './tree/match-tree.ts'
export {
  compileUriTemplate,
  compileUriTemplateRewrite,
  UriTemplate,
  type UriTemplateRewrite,
} from './uri-template/template.ts'
export type { DataMatcher, DataMatcherRegistry } from './tree/parts.ts'
