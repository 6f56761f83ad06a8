import { defineEntity, p } from '@mikro-orm/core';

/** One row, which the views of the schema `analytics` make pseudonyms with; who reads those views does not read it. */
export const AnalyticsSaltEntity = defineEntity({
  name: 'AnalyticsSalt',
  tableName: 'analytics_salt',
  properties: {
    salt: p.string().columnType('char(64)').primary(),
  },
});
