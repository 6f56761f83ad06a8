/** What a few sentences beside a pasted function are worth: who explains it well has no README and no names in code voice. */
import assert from 'node:assert/strict';
import { metricOf, realEngine } from '#test/support/engine.ts';

const code = `import heapq


def dijkstra(graph, start):
    if start not in graph:
        raise KeyError(f"unknown start node {start!r}")
    distances = {start: 0}
    queue = [(0, start)]
    while queue:
        distance, node = heapq.heappop(queue)
        if distance > distances[node]:
            continue
        for neighbour, weight in graph.get(node, []):
            if weight < 0:
                raise ValueError("negative weights are not supported")
            candidate = distance + weight
            if candidate < distances.get(neighbour, float("inf")):
                distances[neighbour] = candidate
                heapq.heappush(queue, (candidate, neighbour))
    return distances
`;
const told = `This is Dijkstra's algorithm with a binary heap, so the running time is O((V + E) log V). Stale heap entries are skipped when they are popped instead of being decreased in place, because heapq has no decrease-key operation. Negative weights are refused, since the greedy choice would be wrong for them. Nodes that cannot be reached are left out of the result.`;
const elsewhere = `This is the ledger of a bank with a balance for each account, so the monthly report is right to the cent. Old invoices are archived when they are paid instead of being deleted at once, because auditors want to see them. Foreign currencies are refused, since the daily rate would be wrong for them. Customers who have no contract are left out of the report.`;

describe('an explanation beside one function', () => {
  let run: Awaited<ReturnType<typeof realEngine>>;
  before(async () => {
    run = await realEngine();
  });
  const writing = (explanation: string) =>
    metricOf(run({ code, explanation }), 'communication', 'technical_writing');

  it('is tied to it by the names inside of it and by what people call what it does', () => {
    const { score, evidence } = writing(told);
    assert.ok((score ?? 0) > 30, String(score));
    assert.ok(
      evidence.some(({ description }) => description === 'Gives a figure that can be checked.'),
    );
  });

  it('is worth nothing where it speaks of something else', () => {
    assert.equal(writing(elsewhere).score, 0);
  });
});
