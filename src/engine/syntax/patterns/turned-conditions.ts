import { clausesOf } from './guard-operands.ts';

/** What holds where a condition does not: `w <= 0 || h <= 0` for `w > 0 && h > 0`. */
export function opposite(condition: string): string {
  return clausesOf(unwrapped(condition))
    .map((clause) => oppositeOf(clause.trim()))
    .join(' || ');
}

/** Without the brackets that JavaScript and its kin put around a whole condition. */
function unwrapped(condition: string): string {
  if (!/^\(.*\)$/s.test(condition)) return condition;
  let depth = 0;
  for (let at = 0; at < condition.length; at += 1) {
    const sign = condition.charAt(at);
    depth += Number(sign === '(') - Number(sign === ')');
    if (depth === 0 && at < condition.length - 1) return condition;
  }
  return condition.slice(1, -1);
}

function oppositeOf(clause: string): string {
  if (/^(!|not\b)/.test(clause)) return clause.replace(/^(!|not\b)\s*/, '');
  const [, left, sign, right] = /^([^=!<>]+?)\s*([!=]==?|[<>]=?)\s*([^=!<>]+)$/.exec(clause) ?? [];
  const other = reversed[sign ?? ''];
  return other === undefined ? negated(clause) : `${left} ${other} ${right}`;
}

const reversed: Record<string, string> = {
  '==': '!=',
  '!=': '==',
  '===': '!==',
  '!==': '===',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
};

export function negated(condition: string): string {
  return /^[\w.@?]+$/.test(condition) ? `!${condition}` : `!(${condition})`;
}

/** `null === name` as `name === null`. */
export function upright(text: string): string {
  return text.replaceAll(
    literalFirst,
    (_, before: string, literal: string, sign: string, value: string) =>
      `${before}${value} ${turned[sign] ?? sign} ${literal}`,
  );
}

const literalFirst =
  /(^\(?|[(!&|]\s*|\b(?:and|or|not)\s+)(null|None|nil|undefined|nullptr|NULL|-?\d[\d.]*|"[^"\n]*"|'[^'\n]*')\s*([!=]==?|[<>]=?)\s*([\w.$@>-]+(?:\([\w.$ ,]*\))?)(?=\s*(?:$|\)|&&|\|\||\band\b|\bor\b))/g;
const turned: Record<string, string> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' };
