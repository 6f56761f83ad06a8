import { csvReply, csvToo, wantsCsv, type Table } from '../../http/routing/csv.ts';
import { route, type Route, type RouteTag } from '../../http/routing/route.ts';
import { readerOf } from './assessment-list.ts';
import { sameInputColumns, scoreColumns } from './assessment-table.ts';
import {
  challengeParams,
  challengeStatsQuery,
  challengeStatsSchema,
  type Ranked,
} from './challenge-schemas.ts';
import { challengeStats } from './challenge-stats.ts';

export const challengesTag: RouteTag = {
  name: 'Challenges',
  description: 'Tasks that were set: whatever `options.challenge` of submissions names.',
};

export function challengeRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/challenges/:name/stats',
      operationId: 'getChallengeStats',
      summary: 'Statistics and ranking of a challenge, and who is missing',
      description:
        'One submission of each candidate counts, the latest or the best, as it was judged last. Missing is who was expected and has submitted nothing to the challenge. Expected is whom `expected` names, and everybody who has ever submitted anything with the label `expected_label`: somebody without any such submission cannot be known by it. With `Accept: text/csv` a page of the ranking is a table.',
      tag: challengesTag,
      access: 'viewer',
      body: 'none',
      reply: 'json',
      behaviours: [csvToo],
      params: challengeParams,
      query: challengeStatsQuery,
      responses: {
        200: {
          description: 'The statistics',
          schema: challengeStatsSchema,
          asText: ['text/csv'],
        },
      },
      errors: ['NOT_FOUND'],
      async handle({ params: { name }, query, ctx }) {
        const csv = wantsCsv(ctx);
        const { em, caller } = ctx.state;
        const { reviews } = readerOf(caller);
        const stats = await challengeStats(em, { name, query, reviews });
        if (csv) return csvReply(ctx, rankingTable(stats.ranking, reviews));
        return { status: 200, body: stats };
      },
    }),
  ];
}

function rankingTable(
  page: { items: Ranked[]; next_cursor: string | null },
  reviews: boolean,
): Table<Ranked> {
  return {
    name: 'ranking',
    columns: [
      ['rank', (row) => row.rank],
      ['candidate_id', (row) => row.candidate_id],
      ['display_name', (row) => row.display_name],
      ['assessment_id', (row) => row.assessment_id],
      ['timestamp', (row) => row.timestamp],
      ['overall_score', (row) => row.overall_score],
      ...scoreColumns<Ranked>(({ path_scores: paths }, name) => paths[name]),
      ['rubric_version', (row) => row.rubric_version],
      ['submissions', (row) => row.submissions],
      ['input_sha256', (row) => row.input_sha256],
      ...sameInputColumns(reviews),
    ],
    rows: page.items,
    nextCursor: page.next_cursor,
  };
}
