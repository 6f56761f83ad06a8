import type { LanguageTable } from './language-table.ts';

/** JavaScript, TypeScript and TSX share their node names; JavaScript simply lacks the typed ones. */
export const javascript: LanguageTable = {
  language: 'javascript',
  grammar: 'javascript',
  kinds: {
    function: 'function_declaration generator_function_declaration method_definition',
    closure: 'arrow_function function_expression generator_function',
    class:
      'class_declaration abstract_class_declaration class interface_declaration enum_declaration',
    if: 'if_statement',
    else: 'else_clause',
    loop: 'for_statement for_in_statement while_statement do_statement',
    switch: 'switch_statement',
    case: 'switch_case',
    default: 'switch_default',
    try: 'try_statement',
    catch: 'catch_clause',
    finally: 'finally_clause',
    ternary: 'ternary_expression',
    binary: 'binary_expression',
    not: 'unary_expression',
    paren: 'parenthesized_expression',
    jump: 'break_statement continue_statement',
    return: 'return_statement',
    throw: 'throw_statement',
    call: 'call_expression',
    new: 'new_expression',
    string: 'string template_string',
    interpolation: 'template_substitution',
    number: 'number',
    boolean: 'true false',
    null: 'null undefined',
    collection: 'array object',
    comment: 'comment html_comment',
    identifier:
      'identifier property_identifier private_property_identifier type_identifier shorthand_property_identifier shorthand_property_identifier_pattern',
    self: 'this super',
    assignment: 'assignment_expression',
    augmented: 'augmented_assignment_expression update_expression',
    declarator: 'variable_declarator',
    field: 'public_field_definition field_definition property_signature',
    parameters: 'formal_parameters',
    block: 'statement_block',
    import: 'import_statement',
    member: 'member_expression',
    index: 'subscript_expression',
    await: 'await_expression',
    yield: 'yield_expression',
    decorator: 'decorator',
    modifier: 'accessibility_modifier',
    namespace: 'internal_module module',
    type: 'type_annotation',
  },
  statements:
    'expression_statement lexical_declaration variable_declaration return_statement throw_statement if_statement for_statement for_in_statement while_statement do_statement switch_statement try_statement break_statement continue_statement import_statement debugger_statement with_statement',
  logical: '&& ||',
  closuresAreUnits: true,
  builtins:
    'Object Array String Number Boolean Function Symbol Map Set Promise JSON Math Date RegExp Error undefined NaN Infinity isNaN parseInt parseFloat eval globalThis console process',
  visibility: 'export',
};

export const typescript: LanguageTable = {
  ...javascript,
  language: 'typescript',
  grammar: 'typescript',
};
export const tsx: LanguageTable = { ...javascript, language: 'tsx', grammar: 'tsx' };
