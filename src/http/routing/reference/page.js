/* global SwaggerUIBundle */

/** What few readers ask for is one line until it is opened: an operation has a dozen errors. */
function foldingPlugin({ React }) {
  const h = React.createElement;
  const folded = (summary, ...children) =>
    h('details', { className: 'folded' }, h('summary', null, summary), ...children);
  return {
    wrapComponents: {
      response:
        (Original, { getComponent }) =>
        (props) => {
          if (Number(props.code) < 400) return h(Original, props);
          const Markdown = getComponent('Markdown', true);
          const source = props.response.get('description') ?? '';
          const whole = h('table', null, h('tbody', null, h(Original, props)));
          const cell = (name, child) => h('td', { className: `response-col_${name}` }, child);
          return h(
            'tr',
            { className: 'response', 'data-code': props.code },
            cell('status', props.code),
            cell('description', folded(h(Markdown, { source }), whole)),
          );
        },
      headers: (Original) => (props) =>
        (props.headers?.size ?? 0) === 0 ? null : folded('Headers', h(Original, props)),
    },
  };
}

window.addEventListener('load', () => {
  SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#reference',
    deepLinking: true,
    displayRequestDuration: true,
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    plugins: [foldingPlugin],
  });
});
