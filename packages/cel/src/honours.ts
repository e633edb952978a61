import type { Honours } from '@nuncio/config'

/** An expression that was parsed before. */
export const celHonours: Honours = {
  'google.api.expr.v1alpha1.Expr': '*',
  'google.api.expr.v1alpha1.Expr.Ident': '*',
  'google.api.expr.v1alpha1.Expr.Select': '*',
  'google.api.expr.v1alpha1.Expr.Call': '*',
  'google.api.expr.v1alpha1.Expr.CreateList': '*',
  'google.api.expr.v1alpha1.Expr.CreateStruct': '*',
  'google.api.expr.v1alpha1.Expr.CreateStruct.Entry': '*',
  'google.api.expr.v1alpha1.Expr.Comprehension': '*',
  'google.api.expr.v1alpha1.Constant': '*',
  'google.api.expr.v1alpha1.CheckedExpr': {
    honoured: ['expr'],
    noEffect: {
      reference_map: 'names are resolved when the condition is planned',
      type_map: 'types are those of the values',
      source_info: 'it is for messages of compilers',
    },
  },
}

/** `CEL_MATCHERS`. */
export const celMatcherHonours: Honours = {
  ...celHonours,
  'xds.type.matcher.v3.HttpAttributesCelMatchInput': '*',
  'xds.type.matcher.v3.CelMatcher': '*',
  'xds.type.v3.CelExpression': '*',
  'google.api.expr.v1alpha1.ParsedExpr': {
    honoured: ['expr'],
    noEffect: { source_info: 'it is for messages of compilers' },
  },
}
