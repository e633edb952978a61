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
}
