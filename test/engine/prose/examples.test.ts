import assert from 'node:assert/strict';

import { codePlaces } from '#src/engine/submission/code-places.ts';
import { groundingIndex } from '#src/engine/submission/grounding-index.ts';
import { proseBlocks } from '#src/engine/prose/blocks.ts';
import { looksLikeExample, type ExampleVerdict } from '#src/engine/prose/examples.ts';
import { realFacts } from '#test/support/engine.ts';

const code = `@app.get('/orders/<order_id>')
def show(order_id):
    return store.find(order_id)


@app.get('/<anything>')
def fallback(anything):
    return settings.page_size or settings.sort_by
`;

const cases: [text: string, verdict: ExampleVerdict][] = [
  ['print(show("7"))', 'uses_code'],
  ['curl http://localhost:8000/api/orders/7', 'request'],
  ['GET /orders/7 HTTP/1.1', 'request'],
  ['curl http://localhost:8000/docs', 'foreign'],
  ['less src/app.py', 'command'],
  ['flask run', 'usual_command'],
  ['docker build -t shop .', 'usual_command'],
  ['sudo docker compose up', 'usual_command'],
  ['helm install shop', 'foreign'],
  ['{ "order_id": 7, "page_size": 20 }', 'data'],
  ['order_id: 7\npage_size: 20', 'data'],
  ['{ "order_id": 7, "colour": 1, "height": 2, "page_size": 20, "width": 4 }', 'foreign'],
  ['{ "order_id": 7', 'broken'],
  ['shop\n├── src\n│   └── app.py  # show(order)\n└── Dockerfile', 'layout'],
  ['graph TB\n  Client --> App[src/app.py]', 'diagram'],
];

describe('an example of documentation', () => {
  for (const [text, verdict] of cases)
    it(`is ${verdict}: ${text}`, async () => {
      const facts = await realFacts();
      const files = [facts('src/app.py', code), facts('Dockerfile', 'FROM scratch\n')];
      const linesOf = (path: string) => (path === 'src/app.py' ? code.split('\n') : []);
      const index = {
        ...groundingIndex(files, linesOf),
        vocabulary: new Map<string, number>(),
        places: () => codePlaces(files, linesOf),
      };
      const [block] = proseBlocks(`\`\`\`\n${text}\n\`\`\`\n`);
      assert.ok(block);
      assert.equal(looksLikeExample(block, index), verdict);
    });
});

describe('HTML in a README', () => {
  it('is no code, however it is indented', () => {
    const text =
      '<p align="center">\n    <img src="logo.png">\n    <a href="https://example.com">site</a>\n</p>\n\nWords.\n\n    flask run\n';
    assert.deepEqual(
      proseBlocks(text).map(({ kind }) => kind),
      ['paragraph', 'paragraph', 'code'],
    );
  });
});
