import assert from 'node:assert/strict';

import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import { loadGrammars } from '#src/engine/syntax/grammars.ts';

const inJavaScript = (body: string): [string, string] => [
  'total.test.js',
  `import assert from 'node:assert/strict';\nimport { total } from './total.js';\n\nit('works', () => {\n${body}\n});\n`,
];
const inPython = (body: string): [string, string] => [
  'test_total.py',
  `from total import total\n\n\ndef test_total():\n${body.replaceAll(/^/gm, '    ')}\n`,
];
const inJava = (body: string): [string, string] => [
  'TotalTest.java',
  `class TotalTest {\n  @Test\n  void works() {\n${body}\n  }\n}\n`,
];
const inGo = (body: string): [string, string] => [
  'total_test.go',
  `package total\n\nfunc TestTotal(t *testing.T) {\n${body}\n}\n`,
];

describe('assertions that no answer of the code makes fail', () => {
  let strong: (file: [path: string, content: string]) => number;
  before(async () => {
    const grammars = await loadGrammars();
    strong = ([path, content]) =>
      extractFileFacts({ path, content }, grammars)
        .tests.flatMap(({ assertions }) => assertions)
        .filter(({ effective, weak }) => effective && weak !== true).length;
  });

  const idle: [string, string][] = [
    inJavaScript('try {\n  assert.equal(total(1), 2);\n} catch {\n  // fine\n}'),
    inJavaScript(
      'try {\n  assert.equal(total(1), 2);\n} catch (error) {\n  console.log(error);\n}',
    ),
    inJavaScript('const sum = total(1);\nif (sum !== 2) return;\nassert.equal(sum, 2);'),
    inJavaScript('const sum = total(1);\nif (sum === 2) assert.equal(sum, 2);'),
    inJavaScript('return;\nassert.equal(total(1), 2);'),
    inJavaScript('for (const row of []) assert.equal(total(row), 2);'),
    inJavaScript('[].forEach((row) => {\n  assert.equal(total(row), 2);\n});'),
    inJavaScript('assert.ok(total(1) || true);'),
    inJavaScript('const sum = total(1);\nassert.ok(sum === undefined || sum !== undefined);'),
    inJavaScript('assert.equal([total(1)].length, 1);'),
    inJavaScript('assert.ok([true, false].includes(total(1) === 2));'),
    inJavaScript('const run = total;\nconst sum = run(1);\nassert.equal(total(1), sum);'),
    inPython('try:\n    assert total(1) == 2\nexcept Exception:\n    pass'),
    inPython('sum = total(1)\nif sum != 2:\n    return\nassert sum == 2'),
    inPython('for row in []:\n    assert total(row) == 2'),
    inPython('assert total(1) or True'),
    inPython('sum = total(1)\nassert sum is None or sum is not None'),
    inPython('assert len([total(1)]) == 1'),
    inPython('assert bool(total(1)) in (True, False)'),
    inPython('sum = total(1)\nassert sum in (None, sum)'),
    inJava('try { assertEquals(2, total(1)); } catch (Throwable ignored) { }'),
    inJava('int sum = total(1);\nif (!Objects.equals(sum, 2)) return;\nassertEquals(2, sum);'),
    inJava('Object sum = total(1);\nObject again = total(1);\nassertTrue(sum.equals(again));'),
    inGo('\tsum := Total(1)\n\tif sum != 2 {\n\t\treturn\n\t}\n\tassert.Equal(t, 2, sum)'),
    inGo(
      '\tsum := Total(1)\n\tagain := Total(1)\n\tif sum != again {\n\t\tt.Fatal("differs")\n\t}',
    ),
    inGo('\tassert.Equal(t, 1, len([]any{Total(1)}))'),
  ];
  for (const file of idle)
    it(file[1].split('\n').slice(4).join(' ').trim(), () => {
      assert.equal(strong(file), 0);
    });

  const may: [string, string][] = [
    inJavaScript('assert.equal(total(1), true);'),
    inJavaScript("assert.ok(total(1).ready, 'is ready');"),
    inJavaScript(
      'try {\n  total(-1);\n  assert.fail();\n} catch (error) {\n  assert.equal(error.code, 3);\n}',
    ),
    inJavaScript(
      'let caught;\ntry {\n  assert.equal(total(1), 2);\n} catch (error) {\n  caught = error;\n}',
    ),
    inJavaScript(
      'for (let at = 0; at < 5; at += 1) {\n  try {\n    assert.equal(total(1), 2);\n    break;\n  } catch {\n    await later();\n  }\n}',
    ),
    inJavaScript("if (process.platform === 'win32') return;\nassert.equal(total(1), 2);"),
    inJavaScript('const sum = total(1);\nif (sum === undefined) return;\nassert.equal(sum, 2);'),
    inJavaScript('assert.equal([...total(1)].length, 1);'),
    inJavaScript('assert.equal(rows[0].length, total(1));'),
    inPython('try:\n    assert total(1) == 2\nexcept ValueError:\n    pass'),
    inPython('assert len([row for row in total(1)]) == 1'),
    inPython('assert total(1) in (2, 3)'),
    inJava('try { assertEquals(2, total(1)); } catch (Exception ignored) { }'),
  ];
  for (const file of may)
    it(`may fail: ${file[1].split('\n').slice(4).join(' ').trim()}`, () => {
      assert.notEqual(strong(file), 0);
    });

  it('asks over HTTP for a status', () => {
    const [path] = inJavaScript('');
    assert.equal(
      strong([
        path,
        "it('refuses', () => {\n  return request(app.getHttpServer()).get('/').expect(401);\n});\n",
      ]),
      1,
    );
  });
});
