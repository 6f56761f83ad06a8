import type { Call } from '../calls.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { isStandard, selfObjects } from './assertion-names.ts';

const matchers =
  /^(to\w*|not|resolves|rejects|and|be\w*|eq\w*|Should|Be\w*|is\w*|has\w*|contains\w*)$/;

/** Calls of the test framework, which are not calls of the subject. */
export function isFrameworkCall(tree: SyntaxTree, call: Call): boolean {
  const { name } = call;
  const qualifier = call.qualifier ?? '';
  const own = qualifier === '' || selfObjects.test(qualifier);
  if (own && isStandard(name)) return true;
  if ((own || /expect/i.test(qualifier)) && words.test(name)) return true;
  if (/^(eq|eql|raise_error|be|be_\w+|match_array|contain_exactly)$/.test(name)) return true;
  if (isFrameworkObject(tree, qualifier)) return true;
  return matchers.test(name) && /expect|should|Should|assertThat/.test(qualifier);
}

const words =
  /^(it|test|describe|context|before\w*|after\w*|setUp|tearDown|raises|throws|doesNotThrow|Throws\w*|panic|expect|andExpect|fail)$/;

function isFrameworkObject(tree: SyntaxTree, qualifier: string): boolean {
  if (/^(expect|assertThat)\(/.test(qualifier)) return true;
  if (/^(assert|Assert|require|pytest|jest|vi|sinon|mock|unittest)(\.|$)/.test(qualifier))
    return true;
  return (
    /^t(\.|$)/.test(qualifier) && (tree.table.language === 'go' || tree.table.closuresAreUnits)
  );
}
