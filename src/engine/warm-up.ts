/** A submission that takes the engine through each of its languages and paths: what runs for the first time is slow. */
import { pathNames, type AssessmentInput, type SourceFile } from './contract.ts';

const files: Record<string, string> = {
  'total.py': `"""Totals."""\n\n\ndef total(items):\n    """Sum of positive items."""\n    result = 0\n    for item in items:\n        if item > 0:\n            result += item\n    return result\n`,
  'test_total.py': `from total import total\n\n\ndef test_total():\n    assert total([1, -1]) == 1\n`,
  'total.ts': `/** Sum. */\nexport function total(items: number[]): number {\n  try {\n    return items.reduce((sum, item) => sum + item, 0);\n  } catch (error) {\n    throw new Error('No total', { cause: error });\n  }\n}\n`,
  'total.js': `export const total = (items) => items.reduce((sum, item) => sum + item, 0);\n`,
  'Total.java': `class Total {\n  private int sum;\n\n  int add(int item) {\n    if (item > 0) sum += item;\n    return sum;\n  }\n}\n`,
  'total.go': `package total\n\nfunc Total(items []int) int {\n\tsum := 0\n\tfor _, item := range items {\n\t\tsum += item\n\t}\n\treturn sum\n}\n`,
  'total.rs': `fn total(items: &[i32]) -> i32 {\n    items.iter().sum()\n}\n`,
  'Total.cs': `class Total {\n  int Add(int a, int b) { return a + b; }\n}\n`,
  'total.cpp': `int total(int a, int b) {\n  return a + b;\n}\n`,
  'total.php': `<?php\nfunction total($a, $b) {\n  return $a + $b;\n}\n`,
  'total.rb': `def total(items)\n  items.sum\nend\n`,
  'README.md': `# Totals\n\nSums the items of a list. Negative ones are left out, because they are corrections.\n\n## Usage\n\n\`total([1, 2])\` gives 3.\n`,
};

export const warmUp: AssessmentInput = {
  candidate_id: 'sample',
  submission_type: 'project',
  content: {
    files: Object.entries(files).map(([path, content]): SourceFile => ({ path, content })),
  },
  paths_to_evaluate: [...pathNames],
  options: {},
};
