/** Whoever uses a console is told in words: `System.out.println("No such account");`. */
export const saysWhatIsWrong =
  /(["'`])[^"'`\n]{0,80}\b(?:invalid|not|no|must|cannot|can't|unknown|error|required|too|insufficient|exceeds?|unable|failed|already|please|only|out of|wrong|missing|empty)\b/i;

/** Tells that something is wrong. */
export const complains =
  /\b(console|log(ger)?|LOG(GER)?|_logger|logging|slog)\.(error|warn\w*|fatal|critical|Error|Warn)|\b(stderr|Stderr|STDERR|System\.err|Console\.Error|cerr|eprintln)\b|\bset\w*Error\(/;

/** Answers over HTTP that what was asked for is at fault or not there. */
export const refuses =
  /\b(?:status|sendStatus|set_?[sS]tatus|status_?[cC]ode|StatusCode|writeHead|WriteHeader|abort|halt|throw|send_error|sendError|JSON|json)\b\W{1,4}4\d\d\b|,\s*4\d\d\s*(?:[)};\n]|$)|\bHTTP_4\d\d|\bStatus(?:Codes?\.)?(?:Status4\d\d\w*|BadRequest|NotFound|Unauthorized|Forbidden|Conflict|UnprocessableEntity|Gone|TooManyRequests)\b|\b(?:BAD_REQUEST|NOT_FOUND|UNAUTHORIZED|FORBIDDEN|CONFLICT|UNPROCESSABLE_ENTITY)\b|\b(?:badRequest|notFound|unauthorized|forbidden|BadRequest|NotFound|Unauthorized|Forbid|Conflict|UnprocessableEntity|HttpResponse(?:BadRequest|NotFound|Forbidden))\s*\(|\bhttp\.Error\(|\bhead[\s(]+:?(?:not_found|bad_request|unauthorized|forbidden|unprocessable_(?:entity|content)|conflict|gone|4\d\d)\b|\bstatus:\s*:(?:not_found|bad_request|unauthorized|forbidden|unprocessable_(?:entity|content)|conflict)/;
