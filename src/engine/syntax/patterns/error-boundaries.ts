import type { ClassFacts } from '../../facts.ts';
import { argumentNodes, callAt, type Call } from '../calls.ts';
import { headerText } from '../headers.ts';
import { nodesOf } from '../nodes-where.ts';
import type { Unit } from '../units.ts';
import type { Context } from './context.ts';
import type { HandlerAt } from './handlers.ts';

/** Spring, Flask, FastAPI, JAX-RS, Symfony, ASP.NET: what stands above or in the head of a function. */
const registeredByHead =
  /@(\w+\.)?(ExceptionHandler|errorhandler|app_errorhandler|exception_handler|ServerExceptionMapper)\b|#\[AsEventListener[^\]]*(Exception|Error)|\b(ExceptionEvent|ExceptionContext|GetResponseForExceptionEvent)\b/;
/** Django, ASP.NET. */
const registeredByName =
  /^(process_exception|OnException(Async)?|TryHandleAsync|resolveException)$/;
/** Express: four parameters, the first of which is the error. */
const errorMiddleware =
  /^\(?\s*_?e(rr(or)?)?\b[^,()]*,\s*_?(req\w*|ctx)\b[^,()]*,\s*_?(res\w*|reply)\b[^,()]*,\s*_?next\b/;
/** Nest, JAX-RS, ASP.NET, Spring, Laravel, Slim. */
const handlerTypes =
  /^(ExceptionFilter|BaseExceptionFilter|GqlExceptionFilter|ExceptionMapper|IExceptionFilter|IAsyncExceptionFilter|IExceptionHandler|ExceptionFilterAttribute|HandlerExceptionResolver|ResponseEntityExceptionHandler|ExceptionHandler|ErrorHandlerInterface)$/;
/** Fastify, Hono, Starlette, Flask, Slim, Rails, ASP.NET, Laravel. */
const registering =
  /^(setErrorHandler|UseExceptionHandler|add_exception_handler|register_error_handler|setDefaultErrorHandler|addErrorMiddleware|rescue_from|withExceptions)$/;
/** Koa, ASP.NET, Starlette, Django, PSR-15, Laravel, servlets: a link that calls the next one. */
const callsNext =
  /\b_?(next|call_next|get_response|doFilter)\s*\(|\$(next\(|handler->handle\()|\bNext\.Invoke\(/;

const callsOf = nodesOf('call');

/**
 * Who answers, in the place of a framework, for errors that nobody else handles: error middleware, exception handlers
 * and filters, and links of a chain that stand around the call of the next one. By name; the registering call where the
 * handler has none.
 */
export function errorBoundaries(context: Context, classes: readonly ClassFacts[]): string[] {
  const { tree, units, testUnits, handlers } = context;
  const byType = classes.filter(({ bases }) => bases.some((base) => handlerTypes.test(base)));
  const byUnit = units.list.filter(
    (unit) => !testUnits.has(unit.node) && isRegistered(context, unit),
  );
  const links = handlers.filter((handler) => standsAroundNext(context, handler));
  const byCall = callsOf(tree).filter((node) => registers(callAt(tree, node)));
  return [
    ...new Set([
      ...byType.map(({ name }) => name),
      // `__invoke`, `process`: the class tells which.
      ...byUnit.map(({ name, owner }) =>
        /^(__\w+|handle|process)$/.test(name) ? (owner ?? name) : name,
      ),
      ...links.map(({ node }) => units.list[units.of[node] ?? -1]?.name ?? '(anonymous)'),
      ...[...byCall].map((node) => handedOver(context, node)),
    ]),
  ];
}

function isRegistered({ tree }: Context, { node, name, parameters }: Unit): boolean {
  if (registeredByName.test(name) || registeredByHead.test(headerText(tree, node))) return true;
  const list = parameters < 0 ? '' : tree.excerpt(parameters, 200);
  return tree.table.closuresAreUnits && errorMiddleware.test(list);
}

function standsAroundNext({ tree }: Context, { node, kind }: HandlerAt): boolean {
  if (tree.kind(node) !== 'catch' || /^(empty|log_only|rethrow)$/.test(kind)) return false;
  return callsNext.test(tree.excerpt(tree.parentOf(node), 600));
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
  const named = texts.findLast((text) => /^[\w$.]+$/.test(text));
  return named?.slice(named.lastIndexOf('.') + 1) ?? callAt(tree, node).name;
}
