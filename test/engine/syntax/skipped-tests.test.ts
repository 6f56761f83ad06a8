import assert from 'node:assert/strict';

import { realFacts } from '#test/support/engine.ts';

const never: [path: string, content: string][] = [
  [
    'test/a.test.js',
    "describe.skip('total', () => {\n  it('adds', () => {\n    expect(total([1])).toBe(1);\n  });\n});\n",
  ],
  [
    'test/b.test.js',
    "if (false) {\n  it('adds', () => {\n    expect(total([1])).toBe(1);\n  });\n}\n",
  ],
  [
    'test/c.test.ts',
    "xdescribe('total', () => {\n  test('adds', () => {\n    expect(total([1])).toBe(1);\n  });\n});\n",
  ],
  [
    'tests/test_a.py',
    'import pytest\n\n@pytest.mark.skip\ndef test_adds():\n    assert total([1]) == 1\n',
  ],
  [
    'tests/test_b.py',
    'import pytest\n\ndef test_adds():\n    pytest.skip("later")\n    assert total([1]) == 1\n',
  ],
  [
    'src/test/java/ATest.java',
    'class ATest {\n  @Disabled\n  @Test\n  void adds() {\n    assertEquals(1, total(1));\n  }\n}\n',
  ],
  [
    'a_test.go',
    'package a\n\nimport "testing"\n\nfunc TestAdds(t *testing.T) {\n\tt.Skip("later")\n\tif total(1) != 1 {\n\t\tt.Fatal("no")\n\t}\n}\n',
  ],
  ['tests/a.rs', '#[test]\n#[ignore]\nfn adds() {\n    assert_eq!(total(1), 1);\n}\n'],
  [
    'ATests.cs',
    'public class ATests {\n  [Fact(Skip = "later")]\n  public void Adds() {\n    Assert.Equal(1, Total(1));\n  }\n}\n',
  ],
  [
    'tests/ATest.php',
    '<?php\nclass ATest extends TestCase {\n  public function testAdds() {\n    $this->markTestSkipped("later");\n    $this->assertSame(1, total(1));\n  }\n}\n',
  ],
];
const run: [path: string, content: string][] = [
  [
    'test/a.test.js',
    "describe('skip', () => {\n  it('adds', () => {\n    expect(total([1])).toBe(1);\n  });\n});\n",
  ],
  [
    'test/b.test.js',
    "if (process.platform === 'win32') {\n  it('adds', () => {\n    expect(total([1])).toBe(1);\n  });\n}\n",
  ],
  [
    'tests/test_a.py',
    'import pytest, sys\n\n@pytest.mark.skipif(sys.version_info < (3, 8), reason="old")\ndef test_adds():\n    assert total([1]) == 1\n',
  ],
  [
    'a_test.go',
    'package a\n\nimport "testing"\n\nfunc TestAdds(t *testing.T) {\n\tif testing.Short() {\n\t\tt.Skip("long")\n\t}\n\tif total(1) != 1 {\n\t\tt.Fatal("no")\n\t}\n}\n',
  ],
];

describe('tests that are left out', () => {
  let facts: Awaited<ReturnType<typeof realFacts>>;

  before(async () => {
    facts = await realFacts();
  });

  const skipped = (path: string, content: string): (true | undefined)[] =>
    facts(path, content).tests.map((test) => test.skipped);

  for (const [path, content] of never)
    it(`are told in ${path}: ${content.slice(0, 50).replaceAll('\n', ' ')}`, () => {
      assert.deepEqual(skipped(path, content), [true]);
    });

  for (const [path, content] of run)
    it(`are none with a condition, or by name only, in ${path}: ${content.slice(0, 40).replaceAll('\n', ' ')}`, () => {
      assert.deepEqual(skipped(path, content), [undefined]);
    });
});
