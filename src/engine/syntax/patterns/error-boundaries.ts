import { argumentNodes, callAt, type Call } from '../calls.ts';
import { headerText } from '../headers.ts';
import { nodesOf } from '../nodes-where.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { className, type Unit, type Units } from '../units.ts';
import type { Context } from './context.ts';
import type { HandlerAt } from './handlers.ts';

/** Spring, Flask, FastAPI, JAX-RS, Symfony, ASP.NET: what stands above or in the head of a function. */
const registeredByHead =
  /@(\w+\.)?(ExceptionHandler|errorhandler|app_errorhandler|exception_handler|ServerExceptionMapper)\b|#\[AsEventListener[^\]]*(Exception|Error)|\b(ExceptionEvent|ExceptionContext|GetResponseForExceptionEvent)\b/;
/** Where it is told there what it is for, nothing else tells: its parameter may be any error. */
const registeredFor =
  /@(\w+\.)?(ExceptionHandler|errorhandler|app_errorhandler|exception_handler)\s*\([^()]*\w[^()]*\)/;
/** Django, ASP.NET. */
const registeredByName =
  /^(process_exception|OnException(Async)?|TryHandleAsync|resolveException)$/;
/** Express: four parameters, the first of which is the error. */
const errorMiddleware =
  /^\(?\s*_?e(rr(or)?)?\b[^,()]*,\s*_?(req\w*|ctx)\b[^,()]*,\s*_?(res\w*|reply)\b[^,()]*,\s*_?next\b/;
/** Nest, JAX-RS, ASP.NET, Spring, Laravel, Slim. */
const handlerTypes =
  /\b(ExceptionFilter|BaseExceptionFilter|GqlExceptionFilter|ExceptionMapper|IExceptionFilter|IAsyncExceptionFilter|IExceptionHandler|ExceptionFilterAttribute|HandlerExceptionResolver|ResponseEntityExceptionHandler|ExceptionHandler|ErrorHandlerInterface)\b/;
/** Fastify, Hono, Starlette, Flask, Slim, Rails, ASP.NET, Laravel. */
const registering =
  /^(setErrorHandler|UseExceptionHandler|add_exception_handler|register_error_handler|setDefaultErrorHandler|addErrorMiddleware|rescue_from|withExceptions)$/;
/** Koa, ASP.NET, Starlette, Django, PSR-15, Laravel, servlets: a link that calls the next one. */
const callsNext =
  /(?<![\w.$])(next)\s*\(|\b(?:_next|call_next|get_response|doFilter)\s*\(|\$(next\(|handler->handle\()|\bNext\.Invoke\(/;

const callsOf = nodesOf('call');
const classesOf = nodesOf('class');

/**
 * Who answers, in the place of a framework, for errors that nobody else handles: error middleware, exception handlers
 * and filters, and links of a chain that stand around the call of the next one. By name; the registering call where the
 * handler has none.
 */
export function errorBoundaries(context: Context): string[] {
  const { tree, units, testUnits, handlers } = context;
  const byType = [...classesOf(tree)].filter((node) => {
    const header = tree.isLeaf(node) ? '' : headerText(tree, node);
    return handlerTypes.test(header) && isBroad(header);
  });
  const byUnit = units.list.filter(
    (unit) => !testUnits.has(unit.node) && isRegistered(context, unit),
  );
  const links = handlers.filter((handler) => standsAroundNext(context, handler));
  const byCall = callsOf(tree).filter(
    (node) => registers(callAt(tree, node)) && isBroad(tree.excerpt(node, 200)),
  );
  return [
    ...new Set([
      ...byType.map((node) => className(tree, node)),
      // `__invoke`, `process`: the class tells which.
      ...byUnit.map(({ name, owner }) =>
        /^(__\w+|handle|process)$/.test(name) ? (owner ?? name) : name,
      ),
      ...links.map(({ node }) => units.list[units.of[node] ?? -1]?.name ?? '(anonymous)'),
      ...[...byCall].map((node) => handedOver(context, node)),
    ]),
  ];
}

/** Names no kind of error, or one that every error is of; `@errorhandler(404)` answers for none of them. */
function isBroad(text: string): boolean {
  const kinds = text.match(/\b[A-Z]\w*(Exception|Error)\b|\b(Exception|Throwable|Error)\b/g) ?? [];
  const named =
    /\b(?:errorhandler|exception_handler|ExceptionHandler|Catch|rescue_from)[\s({]*(?:\w+::)*([A-Z]\w*)/.exec(
      text,
    )?.[1];
  const own = [...kinds, named ?? ''].filter((kind) => kind !== '' && !frameworks.test(kind));
  if (own.length > 0) return own.some((kind) => every.test(kind));
  return !/\(\s*(4\d\d|HTTPStatus\.|status\.HTTP_4)/.test(text);
}

const every =
  /^(Exception|BaseException|Throwable|Error|StandardError|RuntimeException|InternalServerError|SQLAlchemyError|DataAccessException|SQLException|DBAPIError)$/;
/** Names of what is registered, which tell nothing of the errors it is for. */
const frameworks =
  /^(\w*(HttpException|ExceptionEvent)|ResponseError|ApiError|GetResponseForExceptionEvent|ExceptionContext)$/;

function isRegistered({ tree }: Context, { node, name, parameters }: Unit): boolean {
  const header = headerText(tree, node);
  if (registeredByName.test(name)) return true;
  if (registeredByHead.test(header)) return isBroad(registeredFor.exec(header)?.[0] ?? header);
  const list = parameters < 0 ? '' : tree.excerpt(parameters, 200);
  return tree.table.closuresAreUnits && errorMiddleware.test(list);
}

function standsAroundNext({ tree, units }: Context, { node, kind, types }: HandlerAt): boolean {
  if (tree.kind(node) !== 'catch' || /^(empty|log_only|rethrow)$/.test(kind)) return false;
  if (types.length > 0 && !types.some((type) => every.test(type))) return false;
  const [called = '', next] = callsNext.exec(tree.excerpt(tree.parentOf(node), 600)) ?? [];
  // What only is called `next` may be an iterator of the language's own.
  return next === undefined ? called !== '' : isGiven(tree, units, node, next);
}

/** Whether a function around a node takes a parameter of a name. */
function isGiven(tree: SyntaxTree, { list, of }: Units, node: number, name: string): boolean {
  for (let up = node; up >= 0; up = tree.parentOf(up)) {
    const unit = list[of[up] ?? -1];
    if (unit === undefined) return false;
    const text = unit.parameters < 0 ? '' : tree.excerpt(unit.parameters, 300);
    if (new RegExp(`(?<![\\w.])${name}\\b`).test(text)) return true;
    up = unit.node;
  }
  return false;
}

function registers({ name, qualifier }: Call): boolean {
  return (
    registering.test(name) ||
    (name === 'onError' && /^(app|server|api|router)$/.test(qualifier ?? ''))
  );
}

/** The name of the handler that a registering call is given, or else of the call. */
function handedOver({ tree }: Context, node: number): string {
  const texts = argumentNodes(tree, node).map((argument) => tree.excerpt(argument, 60));
  const named = texts.findLast(
    (text) =>
      /^(?:with:\s*:)?[a-z_$][\w$.]*$/.test(text) && !/^(true|false|null|None|nil)$/.test(text),
  );
  return /\w+$/.exec(named ?? '')?.[0] ?? callAt(tree, node).name;
}
